#include "log/body.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

std::optional<std::string> some(std::string_view text) {
    text = trim(text);
    if (text.empty()) return std::nullopt;
    return std::string(text);
}

bool is_flags(std::string_view token) {
    return std::all_of(token.begin(), token.end(), [](char c) { return is_upper(c) || c == '-'; });
}

bool looks_like_release(std::string_view token) {
    return token.size() >= 3 && is_digit(token[0]) && token.find('.') != std::string_view::npos;
}

std::optional<unsigned> small(std::optional<std::uint64_t> value) {
    if (!value || *value > 1'000'000) return std::nullopt;
    return static_cast<unsigned>(*value);
}

// A pid, also one that mail wrapping broke in two: "1 88243".
std::optional<std::int64_t> eat_pid(std::string_view& text) {
    eat_blanks(text);
    auto first = eat_number(text);
    if (!first) return std::nullopt;
    auto rest = text;
    eat_blanks(rest);
    auto digits = rest;
    if (auto second = eat_number(digits); second && rest.data() != text.data()) {
        std::uint64_t value = *first;
        for (auto n = rest.size() - digits.size(); n > 0; --n) value = value * 10;
        if (value + *second <= 4'194'304) {
            text = digits;
            return static_cast<std::int64_t>(value + *second);
        }
    }
    return static_cast<std::int64_t>(*first);
}

// Where the command's name ends: what the kernel prints behind it.
std::size_t comm_end(std::string_view text) {
    std::size_t end = text.size();
    for (auto stop : {" Kdump:", " Tainted:", " Not tainted", " Not", " ve: ", "\tNot tainted"})
        end = std::min(end, text.find(stop));
    return end;
}

}  // namespace

void parse_taint(std::string_view text, TaskLine& out) {
    std::string_view rest;
    if (auto clean = after(text, "Not tainted")) {
        rest = *clean;
    } else if (auto tainted = after(text, "Tainted:")) {
        rest = *tainted;
        eat_blanks(rest);
        auto begin = rest;
        for (auto probe = rest; !probe.empty(); eat_blanks(probe)) {
            auto token = eat_token(probe);
            if (!is_flags(token)) break;
            rest = probe;
            eat_blanks(rest);
        }
        out.taint = some(begin.substr(0, begin.size() - rest.size()));
    } else {
        return;
    }
    eat_blanks(rest);
    eat(rest, "(");
    auto token = eat_token(rest);
    while (!token.empty() && (token.back() == ')' || token.back() == ',')) token.remove_suffix(1);
    if (!looks_like_release(token)) return;
    out.release = std::string(token);
    if (auto hash = rest.find('#'); hash != std::string_view::npos)
        out.version = some(rest.substr(hash));
}

std::optional<TaskLine> parse_task_line(std::string_view text) {
    TaskLine out;
    eat_blanks(text);
    auto rest = text;
    if (eat(rest, "Process ")) {  // "Process nfsd (pid: 12, stack limit = 0x...)"
        auto at = rest.find(" (pid: ");
        if (at == std::string_view::npos || at > 64) return std::nullopt;
        out.comm = some(rest.substr(0, at));
        rest.remove_prefix(at + 7);
        out.pid = eat_pid(rest);
        return out;
    }
    if (eat(rest, "TASK = ") ||
        eat(rest, "task = ")) {  // powerpc: c000[12] 'nfsd' THREAD: ... CPU: 1
        auto open = rest.find('['), quote = rest.find('\''), last = rest.rfind('\'');
        if (open == std::string_view::npos || quote == std::string_view::npos || last <= quote)
            return std::nullopt;
        auto pid = rest.substr(open + 1);
        out.pid = eat_pid(pid);
        out.comm = some(rest.substr(quote + 1, last - quote - 1));
        if (auto cpu = after(rest, "CPU: ")) out.cpu = small(eat_number(*cpu));
        return out;
    }
    if (eat(rest, "Pid: ") || eat(rest, "Pid : ")) {
        out.pid = eat_pid(rest);
        auto comm = after(rest, "omm: ");
        if (!out.pid || !comm) return std::nullopt;
        out.comm = some(comm->substr(0, comm_end(*comm)));
        parse_taint(*comm, out);
        return out;
    }
    if (auto old = rest; eat(old, "CPU ")) {  // 3.x: "CPU 9 " on a line of its own
        auto cpu = small(eat_number(old));
        if (cpu && (trim(old).empty() || trim(old) == ":")) {
            out.cpu = cpu;
            return out;
        }
    }
    if (!eat(rest, "CPU:") && !eat(rest, "CPU :")) return std::nullopt;
    eat_blanks(rest);
    out.cpu = small(eat_number(rest));
    if (!out.cpu) return std::nullopt;
    if (auto pid = after(rest, "PID:")) {
        out.pid = eat_pid(*pid);
        rest = *pid;
    } else if (!contains(rest, "ainted")) {
        return contains(rest, "UID:") || trim(rest).empty() ? std::optional(out) : std::nullopt;
    }
    if (auto comm = after(rest, "Comm:")) {
        out.comm = some(comm->substr(0, comm_end(*comm)));
        rest = *comm;
    }
    parse_taint(rest, out);
    return out;
}

bool task_line_incomplete(std::string_view text) {
    if (trim(text) == "CPU:") return true;
    auto line = parse_task_line(text);
    if (!line) return false;
    if (text.starts_with("Process ") || text.starts_with("TASK ")) return false;
    if (line->release) return false;
    // masked releases ("4.x", "...") end the line too
    auto rest = after(text, "Not tainted");
    return !(rest && !trim(*rest).empty());
}

std::size_t parse_registers(std::string_view text, Registers& out, std::optional<Arch>& arch) {
    eat_blanks(text);
    std::size_t found = 0;
    auto group = [&](std::string_view rest, std::string_view prefix, unsigned first) {
        for (unsigned i = first; i < 40; ++i) {  // "GPR00: a b c d": values in rows
            eat_blanks(rest);
            auto value = eat_hex(rest);
            if (!value || (!rest.empty() && !is_blank(rest[0]))) break;
            out.set(std::string(prefix) + std::to_string(i), *value);
            ++found;
        }
    };
    auto rest = text;
    if (eat(rest, "GPR")) {
        if (auto first = eat_number(rest); first && *first < 32 && eat(rest, ":"))
            group(rest, "r", static_cast<unsigned>(*first));
        if (found) arch = arch.value_or(Arch::ppc64);
        return found;
    }
    if (eat(rest, "Krnl GPRS:")) {
        group(rest, "r", 0);
        if (found) arch = Arch::s390x;
        return found;
    }
    if (eat(rest, "$")) {
        eat_blanks(rest);
        auto first = eat_number(rest);
        eat_blanks(rest);
        if (first && *first < 32 && eat(rest, ":")) group(rest, "r", static_cast<unsigned>(*first));
        if (found) arch = Arch::mips;
        return found;
    }
    std::string name;
    while (!text.empty()) {
        eat_blanks(text);
        auto word_start = text;
        std::size_t n = 0;
        while (n < text.size() && (is_alpha(text[n]) || is_digit(text[n]) || text[n] == '_')) ++n;
        if (n == 0 || n > 12) break;
        name.assign(text.substr(0, n));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return is_upper(c) ? static_cast<char>(c | 0x20) : c; });
        text.remove_prefix(n);
        eat_blanks(text);
        if (!eat(text, ":")) break;
        eat_blanks(text);
        if (auto colon = text.find(':');
            colon == 4 && (name == "rip" || name == "rsp" || name == "eip" || name == "esp"))
            text.remove_prefix(5);  // the segment
        auto value = eat_hex(text);
        if (!value || (!text.empty() && !is_blank(text[0]) && text[0] != '(')) break;
        if (!text.empty() && text[0] == '(') {  // "FS:  0000(0000)"
            auto close = text.find(')');
            if (close == std::string_view::npos) break;
            text.remove_prefix(close + 1);
        }
        bool upper = is_upper(word_start[0]);
        if (upper && (name == "rax" || name == "rdx" || name == "rsp" || name == "r10" ||
                      name == "r13" || name == "rbp" || name == "rip"))
            arch = Arch::x86_64;
        if (upper && (name == "eax" || name == "esi" || name == "eip")) arch = Arch::i386;
        if (name == "x29" || name == "x0" || name == "x26" || name == "x2") arch = Arch::aarch64;
        if (name == "badaddr" || name == "gp" || name == "epc") arch = arch.value_or(Arch::riscv64);
        // x86_64 prints "R08" for what everything else, pt_regs included, calls r8.
        if (name == "r08" || name == "r09") name.erase(1, 1);
        out.set(name, *value);
        ++found;
    }
    return found;
}

void parse_modules(std::string_view text, std::vector<std::string>& out) {
    if (auto at = text.find("[last unloaded"); at != std::string_view::npos)
        text = text.substr(0, at);
    while (!text.empty() && out.size() < 2000) {
        eat_blanks(text);
        auto token = eat_token(text);
        if (auto paren = token.find('('); paren != std::string_view::npos)
            token = token.substr(0, paren);
        bool plain = !token.empty() && token.size() < 64 &&
                     std::all_of(token.begin(), token.end(), [](char c) {
                         return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
                     });
        if (plain) out.emplace_back(token);
    }
}

std::optional<CodeBytes> parse_code(std::string_view text) {
    CodeBytes code;
    bool marked = false;
    unsigned width = 0;
    while (!text.empty() && code.bytes.size() < 256) {
        eat_blanks(text);
        auto token = eat_token(text);
        if (token.empty()) break;
        bool mark = token.front() == '<' || token.front() == '(';
        if (mark) token.remove_prefix(1);
        while (!token.empty() && (token.back() == '>' || token.back() == ')'))
            token.remove_suffix(1);
        if (token.starts_with("Bad") || token.starts_with("Unable")) return std::nullopt;
        if (token.empty() || token.size() % 2 != 0 || token.size() > 8) break;
        if (!std::all_of(token.begin(), token.end(), is_hex)) break;
        if (width != 0 && width != token.size()) break;
        width = static_cast<unsigned>(token.size());
        if (mark && !marked) {
            code.fault = code.bytes.size();
            marked = true;
        }
        auto value = eat_hex(token).value_or(0);
        for (unsigned i = 0; i < width / 2; ++i)  // words in memory order
            code.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    if (code.bytes.empty()) return std::nullopt;
    if (!marked) code.fault = code.bytes.size();
    return code;
}

std::optional<Arch> arch_of_release(std::string_view release) {
    static constexpr std::array<std::pair<std::string_view, Arch>, 14> kNames = {{
        {"x86_64", Arch::x86_64},
        {"amd64", Arch::x86_64},
        {"aarch64", Arch::aarch64},
        {"arm64", Arch::aarch64},
        {"ppc64le", Arch::ppc64le},
        {"powerpc64le", Arch::ppc64le},
        {"ppc64el", Arch::ppc64le},
        {"s390x", Arch::s390x},
        {"riscv64", Arch::riscv64},
        {"loongarch64", Arch::loongarch64},
        {"ppc64", Arch::ppc64},
        {"i686", Arch::i386},
        {"armv7", Arch::arm},
        {"armhfp", Arch::arm},
    }};
    for (const auto& [name, arch] : kNames)
        if (contains(release, name)) return arch;
    return std::nullopt;
}

std::optional<Arch> arch_of_function(std::string_view function) {
    struct Hint {
        std::string_view text;
        bool prefix;
        Arch arch;
    };
    static constexpr std::array<Hint, 24> kHints = {{
        {"__x64_sys_", true, Arch::x86_64},
        {"entry_SYSCALL_64", true, Arch::x86_64},
        {"do_syscall_64", false, Arch::x86_64},
        {"x64_sys_call", false, Arch::x86_64},
        {"common_startup_64", false, Arch::x86_64},
        {"x86_64_start_kernel", false, Arch::x86_64},
        {"__arm64_sys_", true, Arch::aarch64},
        {"el0_svc", true, Arch::aarch64},
        {"el0t_64_", true, Arch::aarch64},
        {"el1h_64_", true, Arch::aarch64},
        {"el1_irq", false, Arch::aarch64},
        {"el1_sync", false, Arch::aarch64},
        {"el0_sync", true, Arch::aarch64},
        {"el1_interrupt", false, Arch::aarch64},
        {"do_el0_svc", false, Arch::aarch64},
        {"ret_fast_syscall", false, Arch::arm},
        {"__dabt_svc", false, Arch::arm},
        {"__irq_svc", false, Arch::arm},
        {"__s390x_sys_", true, Arch::s390x},
        {"__riscv_sys_", true, Arch::riscv64},
        {"do_trap_ecall_u", false, Arch::riscv64},
        {"entry_INT80_32", false, Arch::i386},
        {"entry_SYSENTER_32", false, Arch::i386},
        {"system_call_vectored_common", false, Arch::ppc64},
    }};
    for (const auto& hint : kHints)
        if (hint.prefix ? function.starts_with(hint.text) : function == hint.text) return hint.arch;
    return std::nullopt;
}

}  // namespace nfstriage::log
