// What a report's headline says by itself, in the words of arch/*/mm/fault.c, kernel/watchdog.c,
// kernel/hung_task.c, kernel/rcu/tree_stall.h, kernel/panic.c, lib/bug.c, mm/kasan/report.c.
#include "base/text.h"
#include "log/frame_line.h"
#include "log/report_body.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

// "[comm:123]": the last colon divides.
void task_colon_pid(std::string_view text, Event& event) {
    auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return;
    auto number = text.substr(colon + 1);
    if (auto pid = eat_number(number)) {
        event.pid = static_cast<std::int64_t>(*pid);
        auto comm = text.substr(0, colon);
        if (comm != "...") set_once(event.comm, comm);
    }
}

std::optional<unsigned> cpu_after(std::string_view text, std::string_view word) {
    auto rest = after(text, word);
    if (!rest) return std::nullopt;
    eat_blanks(*rest);
    eat(*rest, "#");
    auto cpu = eat_number(*rest);
    if (!cpu || *cpu > 65535) return std::nullopt;
    return static_cast<unsigned>(*cpu);
}

void read_address(std::string_view text, Event& event) {
    static constexpr std::string_view kBefore[] = {
        "address: ", "virtual address ", "address ",          "dereference at ", "request at ",
        " at ",      "user page (",      "fault for address "};
    for (auto word : kBefore) {
        auto rest = after(text, word);
        if (!rest) continue;
        eat_blanks(*rest);
        auto probe = *rest;
        bool marked = probe.starts_with("0x");
        auto value = eat_hex(probe);
        auto digits = rest->size() - probe.size();
        if (value && (marked || digits >= 7 || word == "user page (")) {
            event.fault_address = value;
            return;
        }
    }
}

}  // namespace

void set_once(std::optional<std::string>& to, std::string_view value) {
    value = trim(value);
    if (!to && !value.empty()) to = std::string(value);
}

void task_slash_pid(std::string_view text, Event& event) {
    auto slash = text.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return;
    auto number = text.substr(slash + 1);
    if (auto pid = eat_number(number)) {
        if (!event.pid) event.pid = static_cast<std::int64_t>(*pid);
        set_once(event.comm, text.substr(0, slash));
    }
}

std::optional<Frame> symbol_after(std::string_view text, std::string_view word) {
    auto rest = after(text, word);
    if (!rest) return std::nullopt;
    auto line = parse_frame(*rest);
    if (!line || line->frame.inlined || line->frame.function.empty()) return std::nullopt;
    return line->frame;
}

void read_access(std::string_view text, Event& event) {
    if (event.access) return;
    if (contains(text, "instruction fetch") || contains(text, "execute"))
        event.access = "instruction fetch";
    else if (contains(text, "read") || contains(text, "Read"))
        event.access = "read";
    else if (contains(text, "write") || contains(text, "Write"))
        event.access = "write";
}

void read_headline(std::string_view text, Headline headline, Event& event,
                   std::vector<unsigned>& stalled_cpus) {
    switch (headline.kind) {
        case CrashKind::soft_lockup:
            if (auto cpu = cpu_after(text, "CPU")) event.cpu = cpu;
            if (auto open = text.find(
                    '[', text.find("stuck") == std::string_view::npos ? 0 : text.find("stuck"));
                open != std::string_view::npos) {
                auto close = text.find(']', open);
                task_colon_pid(
                    text.substr(open + 1,
                                close == std::string_view::npos ? close : close - open - 1),
                    event);
            }
            break;
        case CrashKind::hard_lockup:
            if (auto cpu = cpu_after(text, "on cpu"))
                event.cpu = cpu;
            else if (auto others = cpu_after(text, "other CPUs"))
                event.cpu = others;
            else if (auto self = cpu_after(text, "CPU"))
                event.cpu = self;
            break;
        case CrashKind::hung_task:
            if (auto rest = after(text, "INFO: task ")) {
                auto end = rest->find(" blocked");
                if (auto is = rest->find(" is blocked"); is < end) end = is;
                task_colon_pid(rest->substr(0, end), event);
            }
            break;
        case CrashKind::rcu_stall:
            if (auto self = after(text, "on CPU {"); self) {
                auto cpu = cpu_after(text, "on CPU {");
                if (cpu) stalled_cpus.push_back(*cpu);
            } else if (auto list = after(text, "{")) {  // "on CPUs/tasks: { 3-.... P12 }"
                for (auto rest = *list;
                     !rest.empty() && rest[0] != '}' && stalled_cpus.size() < 64;) {
                    eat_blanks(rest);
                    if (auto cpu = eat_number(rest); cpu && *cpu < 65536)
                        stalled_cpus.push_back(static_cast<unsigned>(*cpu));
                    if (rest.empty() || rest[0] == '}') break;
                    eat_token(rest);
                }
            }
            break;
        case CrashKind::kasan:
        case CrashKind::kfence:
        case CrashKind::kmsan:
        case CrashKind::kcsan:
            if (!event.top)
                if (auto frame = symbol_after(text, " in ")) event.top = frame;
            if (headline.kind == CrashKind::kfence) read_access(text, event);
            break;
        case CrashKind::warning:
        case CrashKind::bug:
            if (auto cpu = cpu_after(text, "WARNING: CPU:"))
                event.cpu = cpu;
            else if (auto old = cpu_after(text, "WARNING:CPU:"))
                event.cpu = old;
            if (auto at = after(text, "PID:"); at && contains(text, "WARNING")) {
                eat_blanks(*at);
                if (auto pid = eat_number(*at)) event.pid = static_cast<std::int64_t>(*pid);
            }
            if (contains(text, "WARNING") || contains(text, "BUG at")) {
                auto rest = after(text, "at ").value_or("");
                if (auto direct = after(text, "WARNING: ");
                    direct && !direct->starts_with("CPU") && !direct->starts_with("at "))
                    rest = *direct;  // 6.19: "WARNING: file.c:12 at func+0x1/0x2, CPU#1: comm/12"
                auto where = rest;
                auto token = eat_token(where);
                if (token.find(':') != std::string_view::npos &&
                    token.find('+') == std::string_view::npos) {
                    while (!token.empty() && token.back() == '!') token.remove_suffix(1);
                    event.file = token;
                    eat_blanks(where);
                    eat(where, "at ");
                    rest = where;
                }
                if (auto line = parse_frame(rest.substr(0, rest.find(", CPU")));
                    line && !line->frame.function.empty())
                    event.top = line->frame;
                if (auto cpu = cpu_after(text, ", CPU#")) {
                    event.cpu = cpu;
                    if (auto task = after(text, ", CPU#")) {
                        if (auto colon = task->find(": "); colon != std::string_view::npos)
                            task_slash_pid(trim(task->substr(colon + 2)), event);
                    }
                }
            }
            if (auto cpu = cpu_after(text, "on CPU#"); cpu && !event.cpu) {  // spinlock debugging
                event.cpu = cpu;
                if (auto task = after(text, ", ")) task_slash_pid(*task, event);
            }
            if (auto code = after(text, "code: ")) task_slash_pid(*code, event);
            break;
        case CrashKind::atomic_sleep:
            if (auto rest = after(text, "scheduling while atomic: ")) {
                auto last = rest->rfind('/');
                if (last != std::string_view::npos) task_slash_pid(rest->substr(0, last), event);
            }
            break;
        case CrashKind::bad_page:
            if (auto rest = after(text, "in process ")) {
                auto end = rest->find("  pfn");
                set_once(event.comm, rest->substr(0, end));
            }
            break;
        case CrashKind::oom:
            if (auto at = text.find(" invoked"); at != std::string_view::npos)
                set_once(event.comm, text.substr(0, at));
            break;
        case CrashKind::cfi:
            if (auto frame = symbol_after(text, "failure at ")) event.top = frame;
            break;
        case CrashKind::null_deref:
        case CrashKind::paging_request:
        case CrashKind::gpf:
        case CrashKind::unaligned:
            if (!event.fault_address && !text.starts_with("Oops: 0") &&
                !text.starts_with("Internal"))
                read_address(text, event);
            if (headline.role == Role::subject) read_access(text, event);
            if (auto epc = after(text, "epc == "); epc && !event.arch) event.arch = Arch::mips;
            if (auto era = after(text, "era == "); era && !event.arch)
                event.arch = Arch::loongarch64;
            if (auto cpu = text.starts_with("CPU ") ? cpu_after(text, "CPU ") : std::nullopt;
                cpu && !event.cpu)
                event.cpu = cpu;
            break;
        default:
            break;
    }
}

}  // namespace nfstriage::log
