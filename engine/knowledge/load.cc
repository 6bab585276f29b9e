// The only file of this room that includes the JSON library; what it throws stops here.
#include "knowledge/load.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "knowledge/json_place.h"
#include "knowledge/package.h"
#include "knowledge/release.h"

namespace nfstriage::knowledge {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr unsigned kMostBit = 1023;
constexpr std::string_view kRemedy = "see knowledge/README.md for the keys of a record";

struct BadRecord {  // thrown and caught in this file only
    std::string path, expected;
    std::optional<std::size_t> offset = {};  // else found by the path
};

// One JSON value and its path. Every accessor checks the type and complains with the path.
class Node {
public:
    Node(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

    [[noreturn]] void refuse(const std::string& expected) const {
        throw BadRecord{path_.empty() ? "/" : path_, expected};
    }

    // Refuses keys that are not in `allowed`.
    const Node& keys(std::initializer_list<std::string_view> allowed) const {
        if (!value_.is_object()) refuse("an object");
        for (const auto& [key, unused] : value_.items())
            if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
                throw BadRecord{path_ + "/" + key, "a known key, found \"" + key + "\""};
        return *this;
    }

    bool has(std::string_view key) const { return value_.contains(std::string(key)); }

    Node at(std::string_view key) const {
        auto it = value_.find(std::string(key));
        if (it == value_.end())
            throw BadRecord{path_ + "/" + std::string(key), "this key, which is missing"};
        return {*it, path_ + "/" + std::string(key)};
    }

    std::string text() const {
        if (!value_.is_string() || value_.get_ref<const std::string&>().empty())
            refuse("a string that is not empty");
        return value_.get<std::string>();
    }

    std::string text(std::string_view key) const { return at(key).text(); }
    unsigned number(std::string_view key, unsigned most) const {
        const Node node = at(key);
        bool fits = node.value_.is_number_unsigned() && node.value_.get<std::uint64_t>() <= most;
        if (!fits) node.refuse("a number up to " + std::to_string(most));
        return node.value_.get<unsigned>();
    }
    bool flag(std::string_view key) const {
        if (!has(key)) return false;
        const Node node = at(key);
        if (!node.value_.is_boolean()) node.refuse("true or false");
        return node.value_.get<bool>();
    }
    std::string text_or_empty(std::string_view key) const {
        return has(key) ? text(key) : std::string();
    }

    std::vector<Node> items() const {
        if (!value_.is_array()) refuse("an array");
        std::vector<Node> nodes;
        for (std::size_t i = 0; i < value_.size(); ++i)
            nodes.emplace_back(value_[i], path_ + "/" + std::to_string(i));
        return nodes;
    }
    std::vector<Node> items(std::string_view key) const {
        return has(key) ? at(key).items() : std::vector<Node>();
    }

    std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> result;
        for (const Node& item : items(key)) result.push_back(item.text());
        return result;
    }

    template <class Enum, std::size_t N>
    Enum one_of(const std::array<Enum, N>& values) const {
        std::string found = text(), names;
        for (Enum value : values) {
            if (to_string(value) == found) return value;
            names += (names.empty() ? "" : ", ") + std::string(to_string(value));
        }
        refuse("one of " + names + ", found \"" + found + "\"");
    }

private:
    const json& value_;
    std::string path_;
};

constexpr std::array kKinds = {RecordKind::bug, RecordKind::condition};
constexpr std::array kRoles = {Role::fix, Role::prerequisite, Role::follow_up, Role::introduces,
                               Role::reverted};
constexpr std::array kProbeKinds = {
    ProbeKind::symbol,  ProbeKind::member,  ProbeKind::enumerator,  ProbeKind::call,
    ProbeKind::no_call, ProbeKind::inlines, ProbeKind::instruction, ProbeKind::text};

std::string hash(const Node& node) {
    std::string text = node.text();
    bool digits = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (!digits || (text.size() != 12 && text.size() != 40))
        node.refuse("a commit hash of 12 or 40 lower case hex digits, found \"" + text + "\"");
    return text;
}

std::string release(const Node& node, bool mainline) {
    std::string text = node.text();
    std::string_view number = text;
    if (mainline && number.starts_with("v"))
        number.remove_prefix(1);
    else if (mainline)
        node.refuse("a mainline release such as v5.3, found \"" + text + "\"");
    if (!parse_release(number)) node.refuse("a release such as 5.3.1, found \"" + text + "\"");
    return text;
}

Probe read_probe(const Node& node) {
    Probe probe;
    probe.kind = node.at("kind").one_of(kProbeKinds);
    switch (probe.kind) {
        case ProbeKind::symbol:
        case ProbeKind::enumerator:
        case ProbeKind::text:
            node.keys({"kind", "name"});
            probe.name = node.text("name");
            break;
        case ProbeKind::member:
            node.keys({"kind", "structure", "member"});
            probe.structure = node.text("structure");
            probe.member = node.text("member");
            break;
        case ProbeKind::call:
            node.keys({"kind", "caller", "callee", "own"});
            probe.caller = node.text("caller");
            probe.callee = node.text("callee");
            probe.own = node.flag("own");
            break;
        case ProbeKind::no_call:
        case ProbeKind::inlines:
            node.keys({"kind", "caller", "callee"});
            probe.caller = node.text("caller");
            probe.callee = node.text("callee");
            break;
        case ProbeKind::instruction:
            node.keys({"kind", "caller", "structure", "member", "bit"});
            probe.caller = node.text("caller");
            probe.structure = node.text("structure");
            probe.member = node.text("member");
            probe.bit = node.number("bit", kMostBit);
            break;
    }
    return probe;
}

PackagedCommit read_package(const Node& node) {
    node.keys({"distribution", "package", "version", "reverted"});
    PackagedCommit packaged;
    packaged.distribution = node.text("distribution");
    if (packaged.distribution != "debian") node.at("distribution").refuse("debian");
    packaged.package = node.text("package");
    packaged.version = node.text("version");
    if (!base_release(packaged.version))
        node.at("version").refuse("a version that starts with a kernel release, as 6.1.129-1");
    packaged.reverted = node.flag("reverted");
    return packaged;
}

Commit read_commit(const Node& node) {
    node.keys({"commit", "subject", "release", "stable", "packages", "role", "any_of", "note"});
    Commit commit;
    if (node.has("commit"))
        commit.commit = hash(node.at("commit"));
    else if (!node.has("note"))
        node.refuse("a note that says why no hash is given");
    if (node.has("release")) commit.release = release(node.at("release"), true);
    for (const Node& item : node.items("stable")) commit.stable.push_back(release(item, false));
    for (const Node& item : node.items("packages")) commit.packages.push_back(read_package(item));
    commit.role = node.at("role").one_of(kRoles);
    // Fixes name what they repair by its hash; its subject was not always seen.
    bool hash_is_enough = commit.role == Role::introduces && !commit.commit.empty();
    commit.subject = hash_is_enough ? node.text_or_empty("subject") : node.text("subject");
    for (const Node& item : node.items("any_of")) commit.any_of.push_back(read_probe(item));
    commit.note = node.text_or_empty("note");
    return commit;
}

FixSet read_fix_set(const Node& node) {
    node.keys({"name", "commits"});
    FixSet set;
    set.name = node.text("name");
    for (const Node& item : node.at("commits").items()) set.commits.push_back(read_commit(item));
    bool repairs = std::any_of(set.commits.begin(), set.commits.end(),
                               [](const Commit& c) { return c.role == Role::fix; });
    if (!repairs) node.refuse("at least one commit with the role fix");
    return set;
}

Range read_range(const Node& node) {
    node.keys({"type", "events"});
    if (node.text("type") != "ECOSYSTEM") node.at("type").refuse("ECOSYSTEM");
    Range range;
    for (const Node& event : node.at("events").items()) {
        event.keys({"introduced", "fixed", "last_affected"});
        if (event.has("introduced")) {
            if (!range.introduced.empty()) event.refuse("one introduced event for each range");
            range.introduced = event.text("introduced");
            if (range.introduced != "0") release(event.at("introduced"), false);
        }
        if (event.has("fixed")) range.fixed = release(event.at("fixed"), false);
        if (event.has("last_affected"))
            range.last_affected = release(event.at("last_affected"), false);
    }
    if (range.introduced.empty()) node.refuse("an introduced event");
    if (range.fixed && range.last_affected) node.refuse("fixed or last_affected, not both");
    return range;
}

void read_affected(const Node& node, Record& record) {
    for (const Node& affected : node.items("affected")) {
        affected.keys({"package", "ranges"});
        const Node package = affected.at("package");
        package.keys({"ecosystem", "name"});
        if (package.text("ecosystem") != "Linux" || package.text("name") != "Kernel")
            package.refuse("ecosystem Linux, name Kernel");
        for (const Node& range : affected.at("ranges").items())
            record.ranges.push_back(read_range(range));
    }
}

void read_requires(const Node& node, Record& record) {
    node.keys({"arch", "modules", "configs", "symbols"});
    for (const Node& item : node.items("arch")) {
        auto arch = arch_from_machine(item.text());
        if (!arch) item.refuse("an architecture as uname -m prints it");
        record.arch.push_back(*arch);
    }
    record.modules = node.texts("modules");
    record.configs = node.texts("configs");
    record.symbols = node.texts("symbols");
}

void read_appearance(const Node& node, Record& record) {
    for (const Node& item : node.items("kinds")) {
        auto kind = crash_kind_from(item.text());
        if (!kind) item.refuse("a crash.kind of the verdict's schema");
        record.kinds.push_back(*kind);
    }
    if (!node.has("functions")) return;
    const Node functions = node.at("functions");
    functions.keys({"backtrace", "named"});
    record.backtrace = functions.texts("backtrace");
    record.named = functions.texts("named");
}

bool has_commit(const Record& record, std::string_view hash) {
    for (const FixSet& set : record.fix_sets)
        for (const Commit& commit : set.commits)
            if (commit.commit.substr(0, 12) == hash.substr(0, 12)) return true;
    return false;
}

void read_extension(const Node& node, Record& record) {
    node.keys({"kind", "component", "kinds", "functions", "effect", "trigger", "requires",
               "fix_sets", "regressions", "workaround", "collect", "sources"});
    record.kind = node.at("kind").one_of(kKinds);
    record.component = node.text("component");
    read_appearance(node, record);
    record.effect = node.text("effect");
    record.trigger = node.text("trigger");
    if (node.has("requires")) read_requires(node.at("requires"), record);
    for (const Node& item : node.items("fix_sets")) record.fix_sets.push_back(read_fix_set(item));
    for (const Node& item : node.items("regressions")) {
        item.keys({"by", "what", "repair", "release"});
        if (!has_commit(record, hash(item.at("by"))))
            item.at("by").refuse("a commit of this record's fix_sets");
        record.regressions.push_back({hash(item.at("by")), item.text("what"),
                                      item.has("repair") ? hash(item.at("repair")) : "",
                                      item.text_or_empty("release")});
    }
    record.workaround = node.text_or_empty("workaround");
    for (const Node& item : node.items("collect")) {
        item.keys({"what", "command"});
        record.collect.push_back({item.text("what"), item.text_or_empty("command")});
    }
    record.sources = node.texts("sources");
    if (record.sources.empty()) node.refuse("at least one entry in sources");
}

Record read_record(const Node& node) {
    node.keys({"schema_version", "id", "modified", "published", "aliases", "summary", "details",
               "affected", "references", "database_specific"});
    if (node.text("schema_version") != "1.7.0") node.at("schema_version").refuse("1.7.0");
    node.text("modified");
    Record record;
    record.id = node.text("id");
    record.title = node.text("summary");
    record.details = node.text("details");
    record.aliases = node.texts("aliases");
    read_affected(node, record);
    for (const Node& reference : node.items("references")) {
        reference.keys({"type", "url"});
        reference.text("type");
        reference.text("url");
    }
    read_extension(node.at("database_specific"), record);
    return record;
}

// Tells how far the parser has read.
struct Watched {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* here;
    const char** seen;

    reference operator*() const { return *here; }
    Watched& operator++() {
        *seen = ++here;
        return *this;
    }
    bool operator==(const Watched& other) const { return here == other.here; }
    bool operator!=(const Watched& other) const { return here != other.here; }
};

// The library keeps the last of two equal keys; we refuse them while parsing.
json parse_without_duplicates(std::string_view text) {
    std::vector<std::set<std::string>> open;
    const char* at = text.data();
    auto watch = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key) {
            auto key = parsed.get<std::string>();
            if (!open.back().insert(key).second)
                throw BadRecord{"/" + key, "each key once, found \"" + key + "\" twice",
                                static_cast<std::size_t>(at - text.data()) - key.size() - 2};
        }
        return true;
    };
    return json::parse(Watched{text.data(), &at}, Watched{text.data() + text.size(), &at}, watch);
}

}  // namespace

Result<Record> parse_record(std::string_view file, std::string_view text) {
    std::string name(file);
    try {
        const json document = parse_without_duplicates(text);
        Record record = read_record(Node(document, ""));
        std::string stem = std::filesystem::path(name).stem().string();
        if (record.id != stem) throw BadRecord{"/id", "the file's name, \"" + stem + "\""};
        return record;
    } catch (const BadRecord& bad) {
        auto offset = bad.offset ? bad.offset : json_place(text, bad.path);
        return error(name, offset, bad.path + ": expected " + bad.expected, std::string(kRemedy));
    } catch (const json::parse_error& bad) {
        std::size_t last_read = bad.byte == 0 ? 0 : bad.byte - 1;
        return error(name, last_read, "expected JSON: " + std::string(bad.what()),
                     std::string(kRemedy));
    } catch (const json::exception& bad) {
        return error(name, std::nullopt, bad.what(), std::string(kRemedy));
    }
}

const Record* Library::find(std::string_view id) const {
    auto it = records.find(id);
    return it == records.end() ? nullptr : &it->second;
}

Result<Record> load_record(const std::filesystem::path& file) {
    auto text = read_small_file(file, kMaxFileBytes);
    if (!text) return tl::unexpected<Error>(text.error());
    return parse_record(file.string(), *text);
}

Result<std::vector<std::filesystem::path>> record_files(const std::filesystem::path& directory) {
    return files_ending(directory, ".json");
}

Library load_directory(const std::string& directory) {
    Library library;
    auto files = record_files(directory);
    if (!files) {
        library.errors.push_back(files.error());
        return library;
    }
    for (const std::filesystem::path& file : *files) {
        auto record = load_record(file);
        if (record)
            library.records.emplace(record->id, std::move(*record));
        else
            library.errors.push_back(record.error());
    }
    return library;
}

}  // namespace nfstriage::knowledge
