#include "redact/redactor.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "redact/addresses.h"

namespace nfstriage::redact {
namespace {

constexpr std::size_t kShortestHost = 2, kShortestName = 4;
constexpr std::size_t kComm = 15;  // bytes of a thread's name, TASK_COMM_LEN without its NUL

// Words of messages that stand where a host might, or that a host might be called: replaced, they
// would take the message with them.
constexpr std::string_view kWords[] = {
    "not",       "is",         "OK",      "has",    "returned", "error", "requires", "lacks",
    "cannot",    "does",       "did",     "failed", "for",      "from",  "the",      "with",
    "to",        "at",         "on",      "in",     "and",      "side",  "address",  "name",
    "server",    "servers",    "client",  "kernel", "nfs",      "nfsd",  "lockd",    "statd",
    "rpc",       "RPC",        "sunrpc",  "panic",  "task",     "timed", "out",      "still",
    "trying",    "version",    "tcp",     "udp",    "ID",       "scope", "replied",  "reboot",
    "linux",     "Linux",      "CPU",     "PID",    "Comm",     "BUG",   "RIP",      "Call",
    "Trace",     "Code",       "Tainted", "Oops",   "WARNING",  "INFO",  "Modules",  "localhost",
    "returning", "connection", "request", "was",    "are",      "no",    "now",      "be",
    "by",        "of",         "or",      "a"};

bool is_message_word(std::string_view word) {
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// The full stop behind a sentence is no part of its last word.
std::string_view without_stops(std::string_view word) {
    while (!word.empty() && (word.back() == '.' || word.back() == '-')) word.remove_suffix(1);
    return word;
}

}  // namespace

// Group 1 of each is what goes.
struct Redactor::Patterns {
    static RE2::Options options() {
        RE2::Options options;
        options.set_encoding(RE2::Options::EncodingLatin1);
        options.set_log_errors(false);
        return options;
    }
    std::vector<std::unique_ptr<RE2>> hosts, names;
    RE2 path{R"re((?:^|[\s"'=(\[,;:])(/[^\s"')>\],;]+))re", options()};
    RE2 source{R"re(\.[chS]:\d+[!:]?$)re", options()};
    RE2 uuid{R"re(\b([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b)re", options()};

    Patterns() {
        constexpr const char* kHosts[] = {
            // syslog: "Jan  2 03:04:05 host kernel:", "2026-01-02T03:04:05.6+01:00 host kernel:"
            R"re(^(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([\w.-]+) \S)re",
            R"re(^(?:<\d+>)?\d{4}-\d\d-\d\dT[\d:.,+-]+Z? ([\w.-]+) \S)re",
            R"re((?i)\bservers?:? (?:name |named )?"?([\w.-]+))re",
            R"re(\bcannot (?:un)?monitor ([\w.-]+))re",
            R"re(\bHostname set to <([^>]+)>)re",
            R"re((?i)\b(?:hostname|nodename)(?:=|: *| is )"?([\w.-]+))re",
            R"re(\b(?:mountaddr|clientaddr|addr|laddr|raddr)=([\w.:-]+))re",
            // "host:/export"
            R"re((?:^|[\s"'(<,=])([\w.-]+):/[^/\s])re",
        };
        constexpr const char* kNames[] = {
            // what the kernel was started with
            R"re(\b(?:root|nfsroot|UUID|PARTUUID|LABEL|PARTLABEL|ip|resume)=(\S+))re",
            R"re(\b(?:cryptdevice|luks\.uuid|luks\.name)=(\S+))re",
            // "(parent/name)" in messages about files
            R"re(\b(?:NFS|NFSv4|NFSD|nfsd|lockd|svc): .*\(([^()\s/]+/[^()\s,]+))re",
            R"re((?:file|directory|dentry|name) ([^\s/()]+/[^\s(),]+))re",
            R"re(\bprincipal ([^\s,]+@[^\s,]+))re",
            // audit
            R"re(\b(?:acct|exe|cwd|name|path|file)="([^"]+)")re",
        };
        for (const char* text : kHosts) hosts.push_back(std::make_unique<RE2>(text, options()));
        for (const char* text : kNames) names.push_back(std::make_unique<RE2>(text, options()));
    }
};

Redactor::Redactor(const Key& key) : tokens_(key), patterns_(std::make_unique<Patterns>()) {}
Redactor::~Redactor() = default;

void Redactor::learn_host(std::string_view name) {
    if (name.size() < kShortestHost || is_message_word(name) || kept_.contains(name) ||
        tokens_.name(name) == name)
        return;
    hosts_.emplace(name);
    if (std::count(name.begin(), name.end(), ':') > 1) long_addresses_.emplace(name);
    // Its first label is how it calls itself.
    auto label = name.substr(0, name.find('.'));
    bool number =
        std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (label.size() < name.size() && !number) learn_host(label);
}

void Redactor::learn_name(std::string_view name) {
    if (std::count(name.begin(), name.end(), ':') > 1) long_addresses_.emplace(name);
    for (std::size_t at = 0; at < name.size();) {
        std::size_t end = at;
        while (end < name.size() && is_word(name[end])) ++end;
        std::string_view word = without_stops(name.substr(at, end - at));
        bool telling = std::any_of(word.begin(), word.end(), [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
        });
        bool number = std::all_of(word.begin(), word.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
        if (word.size() >= kShortestName && telling && !number && !kept_.contains(word))
            names_.emplace(word);
        at = end + 1;
    }
}

void Redactor::keep(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_word(text[end])) ++end;
        kept_.emplace(without_stops(text.substr(at, end - at)));
        at = end + 1;
    }
}

void Redactor::learn_hosts_of_line(std::string_view line) {
    for (const auto& pattern : patterns_->hosts) {
        re2::StringPiece rest(line.data(), line.size()), host;
        while (RE2::FindAndConsume(&rest, *pattern, &host))
            learn_host(without_stops({host.data(), host.size()}));
    }
}

void Redactor::learn_hosts_of(std::string_view log) {
    for (std::string_view line : split(log, '\n')) learn_hosts_of_line(line);
}

bool Redactor::is_learned(std::string_view word) const {
    return hosts_.contains(word) || names_.contains(word);
}

void Redactor::line(std::string_view text, std::string& out) const {
    std::string result(text);
    std::vector<bool> touched(text.size(), false);
    replace_addresses(tokens_, result, &touched);
    auto replace = [&](std::size_t begin, std::size_t size) {
        // Addresses in it are replaced already.
        for (std::size_t at = begin; at < begin + size;) {
            std::size_t end = at;
            while (end < begin + size && !touched[end]) ++end;
            result.replace(at, end - at, tokens_.name(text.substr(at, end - at)));
            std::fill(touched.begin() + static_cast<std::ptrdiff_t>(at),
                      touched.begin() + static_cast<std::ptrdiff_t>(end), true);
            at = end + 1;
        }
    };
    auto each = [&](const RE2& pattern, auto&& act) {
        re2::StringPiece rest(text.data(), text.size()), found;
        while (RE2::FindAndConsume(&rest, pattern, &found))
            act(static_cast<std::size_t>(found.data() - text.data()), found.size());
    };
    each(patterns_->uuid, [&](std::size_t begin, std::size_t size) {
        result.replace(begin, size, tokens_.digits(text.substr(begin, size)));
        std::fill(touched.begin() + static_cast<std::ptrdiff_t>(begin),
                  touched.begin() + static_cast<std::ptrdiff_t>(begin + size), true);
    });
    for (const auto& pattern : patterns_->hosts)
        each(*pattern, [&](std::size_t begin, std::size_t size) {
            std::string_view host = without_stops(text.substr(begin, size));
            if (host.size() >= kShortestHost && !is_message_word(host)) replace(begin, host.size());
        });
    for (const auto& pattern : patterns_->names) each(*pattern, replace);
    each(patterns_->path, [&](std::size_t begin, std::size_t size) {
        // A line of the kernel's source, in the folder where it was built.
        if (RE2::PartialMatch({text.data() + begin, size}, patterns_->source)) return;
        replace(begin, size);
    });
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_word(text[end])) ++end;
        std::string_view word = without_stops(text.substr(at, end - at));
        if (!word.empty() && !touched[at] && is_learned(word)) replace(at, word.size());
        at = end + 1;
    }
    out += result;
}

std::string Redactor::sentence(std::string_view text) const {
    // The manager of an NFSv4 client is called after its server's address, cut off.
    if (text.size() == kComm)
        for (const std::string& address : long_addresses_)
            if ((address + "-manager").starts_with(text))
                return (tokens_.name(address) + "-manager").substr(0, text.size());
    std::string out;
    out.reserve(text.size());
    bool first = true;
    for (std::string_view one : split(text, '\n')) {
        if (!first) out += '\n';
        first = false;
        line(one, out);
    }
    return out;
}

}  // namespace nfstriage::redact
