#include "log/report_body.h"

#include "base/text.h"
#include "log/body.h"
#include "log/frame_line.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

constexpr std::size_t kMaxFrames = 512, kMaxStacks = 512;

void set_once(std::optional<std::string>& to, std::string_view value) {
    value = trim(value);
    if (!to && !value.empty()) to = std::string(value);
}

// "comm/123": the last slash divides.
void task_slash_pid(std::string_view text, Event& event) {
    auto slash = text.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return;
    auto number = text.substr(slash + 1);
    if (auto pid = eat_number(number)) {
        if (!event.pid) event.pid = static_cast<std::int64_t>(*pid);
        set_once(event.comm, text.substr(0, slash));
    }
}

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

// The symbol behind `word`: " in nfs_foo+0x1/0x2 [nfs]".
std::optional<Frame> symbol_after(std::string_view text, std::string_view word) {
    auto rest = after(text, word);
    if (!rest) return std::nullopt;
    auto line = parse_frame(*rest);
    if (!line || line->frame.inlined || line->frame.function.empty()) return std::nullopt;
    return line->frame;
}

// A kernel address of 64 bits: "ffff" and twelve more hex digits.
bool has_wide_address(std::string_view text) {
    for (auto at = text.find("ffff"); at != std::string_view::npos; at = text.find("ffff", at + 1)) {
        std::size_t n = 0;
        while (at + n < text.size() && n < 17 && is_hex(text[at + n])) ++n;
        if (n == 16) return true;
        if (n > 16) return false;
    }
    return false;
}

void read_address(std::string_view text, Event& event) {
    static constexpr std::string_view kBefore[] = {"address: ", "virtual address ", "address ",
                                                   "dereference at ", "request at ", " at ",
                                                   "user page (", "fault for address "};
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

void read_access(std::string_view text, Event& event) {
    if (event.access) return;
    if (contains(text, "instruction fetch") || contains(text, "execute")) event.access = "instruction fetch";
    else if (contains(text, "read") || contains(text, "Read")) event.access = "read";
    else if (contains(text, "write") || contains(text, "Write")) event.access = "write";
}

}  // namespace

void read_headline(std::string_view text, Headline headline, Event& event,
                   std::vector<unsigned>& stalled_cpus) {
    switch (headline.kind) {
    case CrashKind::soft_lockup:
        if (auto cpu = cpu_after(text, "CPU")) event.cpu = cpu;
        if (auto open = text.find('[', text.find("stuck") == std::string_view::npos ? 0 : text.find("stuck"));
            open != std::string_view::npos) {
            auto close = text.find(']', open);
            task_colon_pid(text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1),
                           event);
        }
        break;
    case CrashKind::hard_lockup:
        if (auto cpu = cpu_after(text, "on cpu")) event.cpu = cpu;
        else if (auto others = cpu_after(text, "other CPUs")) event.cpu = others;
        else if (auto self = cpu_after(text, "CPU")) event.cpu = self;
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
            for (auto rest = *list; !rest.empty() && rest[0] != '}' && stalled_cpus.size() < 64;) {
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
        if (auto cpu = cpu_after(text, "WARNING: CPU:")) event.cpu = cpu;
        else if (auto old = cpu_after(text, "WARNING:CPU:")) event.cpu = old;
        if (auto at = after(text, "PID:"); at && contains(text, "WARNING")) {
            eat_blanks(*at);
            if (auto pid = eat_number(*at)) event.pid = static_cast<std::int64_t>(*pid);
        }
        if (contains(text, "WARNING") || contains(text, "BUG at")) {
            auto rest = after(text, "at ").value_or("");
            if (auto direct = after(text, "WARNING: "); direct && !direct->starts_with("CPU") &&
                                                        !direct->starts_with("at "))
                rest = *direct;  // 6.19: "WARNING: file.c:12 at func+0x1/0x2, CPU#1: comm/12"
            auto where = rest;
            auto token = eat_token(where);
            if (token.find(':') != std::string_view::npos && token.find('+') == std::string_view::npos) {
                while (!token.empty() && token.back() == '!') token.remove_suffix(1);
                event.file = token;
                eat_blanks(where);
                eat(where, "at ");
                rest = where;
            }
            if (auto line = parse_frame(rest.substr(0, rest.find(", CPU"))); line && !line->frame.function.empty())
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
        if (!event.fault_address && !text.starts_with("Oops: 0") && !text.starts_with("Internal")) read_address(text, event);
        if (headline.role == Role::subject) read_access(text, event);
        if (auto epc = after(text, "epc == "); epc && !event.arch) event.arch = Arch::mips;
        if (auto era = after(text, "era == "); era && !event.arch) event.arch = Arch::loongarch64;
        if (auto cpu = text.starts_with("CPU ") ? cpu_after(text, "CPU ") : std::nullopt; cpu && !event.cpu)
            event.cpu = cpu;
        break;
    default:
        break;
    }
}

bool ReportBody::has_body() const {
    return has_cpu_line || !event.frames.empty() || !event.registers.empty() ||
           !event.modules.empty() || !event.other_stacks.empty() || event.code;
}

void ReportBody::set_top(Frame frame, unsigned number) {
    frame.log_line = number;
    event.top = std::move(frame);
}

// RIP, IP, EIP, pc, PC is at, epc, NIP, Krnl PSW, ERA.
bool ReportBody::take_instruction(std::string_view text, unsigned number) {
    struct Form {
        std::string_view start;
        std::optional<Arch> arch;
    };
    static constexpr Form kForms[] = {
        {"RIP:", Arch::x86_64}, {"RIP ", Arch::x86_64}, {"EIP:", Arch::i386},
        {"EIP is at", Arch::i386}, {"IP:", std::nullopt}, {"IP is at", std::nullopt},
        {"pc :", std::nullopt}, {"PC is at", std::nullopt}, {"epc :", std::nullopt},
        {"epc   :", Arch::mips}, {"NIP [", Arch::ppc64}, {"Krnl PSW :", Arch::s390x},
        {"ERA:", Arch::loongarch64}, {"era   :", Arch::loongarch64}, {"pc:", std::nullopt},
    };
    for (const auto& form : kForms) {
        auto rest = text;
        if (!eat(rest, form.start)) continue;
        if (form.start == "NIP [") rest = text.substr(4);
        eat_blanks(rest);
        eat(rest, ": ");
        if (form.arch && (!event.arch || *event.arch != Arch::ppc64le)) event.arch = form.arch;
        if (*form.start.begin() == 'R' || *form.start.begin() == 'E') {
            auto colon = rest.find(':');
            if (colon == 4 && is_hex(rest[0])) {
                auto segment = rest.substr(0, 4);
                if (segment == "0033" || segment == "0023" || segment == "002b" || segment == "0073") {
                    in_user = true;
                    return true;
                }
                rest.remove_prefix(5);
            }
        }
        if (form.arch == Arch::s390x) {
            auto paren = rest.find('(');
            rest = paren == std::string_view::npos ? std::string_view{} : rest.substr(paren + 1);
        }
        if (form.arch == Arch::mips || form.arch == Arch::loongarch64)
            if (auto probe = rest; eat_hex(probe) && probe.starts_with(" ")) rest = probe.substr(1);
        in_user = false;
        bool first_in_trace = event.frames.empty() || !event.top;
        std::optional<std::uint64_t> address;
        for (int i = 0; i < 2 && rest.starts_with("["); ++i) {  // "[<addr>] [<addr>] func"
            auto close = rest.find(']');
            if (close == std::string_view::npos) break;
            auto inside = rest.substr(1, close - 1);
            eat(inside, "<");
            if (auto value = eat_hex(inside)) address = value;
            rest.remove_prefix(close + 1);
            eat_blanks(rest);
        }
        auto line = parse_frame(rest);
        if (line && line->frame.inlined) return true;
        Frame frame;
        if (line && !line->frame.function.empty()) {
            frame = line->frame;
            frame.address = address;
        } else if (auto probe = rest; auto value = eat_hex(probe)) {
            frame.address = value;
        } else if (address) {
            frame.address = address;
        } else {
            return true;
        }
        frame.trust = Trust::log;
        if (form.start.starts_with("pc") || form.start.starts_with("epc"))
            if (auto second = after(rest, "lr :"); second || contains(rest, " ra : "))
                return false;  // a row of addresses: registers
        if (event.top && event.top->function.empty() && !frame.function.empty() && event.frames.empty())
            event.top.reset();
        if (first_in_trace && !event.top) {
            set_top(frame, number);
            event.blamed = event.frames.size();
        } else if (event.kind == CrashKind::panic && !event.frames.empty() && sink < 0) {
            set_top(frame, number);
            event.blamed = event.frames.size();
        }
        return true;
    }
    return false;
}

bool ReportBody::take_stack_title(std::string_view text, unsigned number) {
    auto substack = [&](std::string_view title) {
        in_user = false;
        if (event.other_stacks.size() >= kMaxStacks) return;
        while (!title.empty() && title.back() == ':') title.remove_suffix(1);
        SubStack stack;
        stack.title = title.substr(0, 120);
        stack.log_line = number;
        event.other_stacks.push_back(std::move(stack));
        sink = static_cast<int>(event.other_stacks.size()) - 1;
    };
    static constexpr std::string_view kOthers[] = {
        "Allocated by task", "Freed by task", "Last potentially related", "Second to last potentially",
        "Allocated in ", "Freed in ", "Uninit was ", "Local variable ", "stack backtrace:",
        "Preemption disabled at", "Last Breaking-Event", "kfence-#", "allocated by task",
        "freed by task", "Workqueue creation", "page last allocated",
        "page last free", "the existing dependency chain", "stack guard page"};
    for (auto title : kOthers) {
        if (!text.starts_with(title)) continue;
        if (title == "stack backtrace:" && event.frames.empty()) {
            sink = -1;
            return true;
        }
        substack(text);
        return true;
    }
    if (text.starts_with("Call trace:")) arm64_marks = true;
    if (text.starts_with("Call Trace") || text.starts_with("Call trace") || text == "Backtrace:" ||
        text == "Backtrace: " || text.starts_with("Stack backtrace") || text.starts_with("CallTrace")) {
        bool main_done = event.frames.size() > 1 && sink < 0;
        if (main_done) substack("Call Trace");
        else if (event.frames.size() <= 1) sink = -1;
        return true;
    }
    return false;
}

bool ReportBody::take_frame(std::string_view text, unsigned number) {
    auto line = parse_frame(text);
    if (!line) return false;
    auto& frames = sink < 0 ? event.frames : event.other_stacks[static_cast<std::size_t>(sink)].frames;
    if (frames.size() >= kMaxFrames) return true;
    auto frame = std::move(line->frame);
    frame.log_line = number;
    if (!event.arch) event.arch = arch_of_function(frame.function);
    if (!line->callee.empty() && !event.arch) event.arch = Arch::arm;
    if (!line->callee.empty() && frames.empty() &&
        !(event.top && event.top->function == line->callee) && sink < 0) {
        Frame callee;
        callee.function = line->callee;
        callee.trust = Trust::log;
        callee.log_line = number;
        frames.push_back(std::move(callee));
    }
    frames.push_back(std::move(frame));
    return true;
}

// Everything about the context that is not code: task, modules, registers, machine.
bool ReportBody::take_context(std::string_view text, unsigned number) {
    if (auto task = parse_task_line(text)) {
        if (task->cpu && !event.cpu) event.cpu = task->cpu;
        if (task->cpu && task->pid && !has_cpu_line) {  // the report's own line wins over headlines
            event.cpu = task->cpu;
            event.pid = task->pid;
            if (task->comm) event.comm = task->comm;
        }
        if (task->pid && !event.pid) event.pid = task->pid;
        if (task->comm && !event.comm) event.comm = task->comm;
        if (!event.release) event.release = task->release;
        if (!event.version) event.version = task->version;
        if (!event.taint) event.taint = task->taint;
        if (task->cpu && task->pid) has_cpu_line = true;
        return true;
    }
    auto rest = text;
    if (eat(rest, "Modules linked in:")) {
        parse_modules(rest, event.modules);
        in_modules = !contains(rest, "[last unloaded");
        return true;
    }
    if (eat(rest, "Hardware name:")) {
        set_once(event.hardware, rest);
        return true;
    }
    if (eat(rest, "Workqueue:")) {
        set_once(event.workqueue, rest);
        return true;
    }
    if (eat(rest, "Code:") || eat(rest, "Krnl Code:") || eat(rest, "Code :")) {
        if (!event.code && !in_user && event.kind != CrashKind::hung_task)
            if (auto code = parse_code(rest)) {
                code->log_line = number;
                event.code = std::move(*code);
            }
        return true;
    }
    if (text.starts_with("Not tainted") || text.starts_with("Tainted:")) {
        TaskLine task;
        parse_taint(text, task);
        if (!event.release) event.release = task.release;
        if (!event.version) event.version = task.version;
        if (!event.taint) event.taint = task.taint;
        return true;
    }
    if (eat(rest, "in_atomic(): ") || eat(rest, "in_atomic():")) {
        if (auto pid = after(rest, "pid: "); pid && !event.pid) {
            if (auto value = eat_number(*pid)) event.pid = static_cast<std::int64_t>(*value);
        }
        if (auto name = after(rest, "name: ")) set_once(event.comm, *name);
        return true;
    }
    if ((text.starts_with("Read of size") || text.starts_with("Write of size") || text.starts_with("Invalid ")) &&
        contains(text, "by task")) {
        read_access(text, event);
        if (auto at = after(text, "addr ")) event.fault_address = eat_hex(*at);
        if (auto task = after(text, "by task ")) task_slash_pid(trim(*task), event);
        return true;
    }
    if (text.starts_with("#PF: ")) {
        read_access(text, event);
        return true;
    }
    if (eat(rest, "Failing address: ")) {
        if (!event.fault_address) event.fault_address = eat_hex(rest);
        event.arch = Arch::s390x;
        return true;
    }
    if (eat(rest, "task:") && event.kind == CrashKind::hung_task) {  // "task:x state:D stack:0 pid:1"
        task_only = true;
        if (auto state = rest.find(" state:"); state != std::string_view::npos)
            set_once(event.comm, rest.substr(0, state));
        if (auto pid = after(rest, " pid:"); pid && !event.pid) {
            eat_blanks(*pid);
            if (auto value = eat_number(*pid)) event.pid = static_cast<std::int64_t>(*value);
        }
        return true;
    }
    if (text.starts_with("Mem abort info") || text.starts_with("Data abort info")) {
        faulted = true;
        return true;
    }
    if (auto bad = after(text, "badaddr: "); bad && text.starts_with("status: ") && !event.fault_address) {
        event.fault_address = eat_hex(*bad);
        faulted = true;
    }
    if (event.kind == CrashKind::rcu_stall && event.frames.empty()) {
        auto stall = text;
        eat(stall, "rcu:");
        eat_blanks(stall);
        auto probe = stall;
        if (auto cpu = eat_number(probe); cpu && *cpu < 65536 && stalled_cpus.size() < 64 &&
                                          (probe.starts_with("-") || probe.starts_with(": ("))) {
            stalled_cpus.push_back(static_cast<unsigned>(*cpu));
            return true;
        }
        if (stall.starts_with("Tasks blocked on") || stall.starts_with("P")) {
            auto tasks = stall.starts_with("P") ? std::optional(stall) : after(stall, ": ");
            if (tasks && eat(*tasks, "P"))
                if (auto pid = eat_number(*tasks); pid && !stalled_pid)
                    stalled_pid = static_cast<std::int64_t>(*pid);
            return stall.starts_with("Tasks");
        }
    }
    if (auto release = after(text, "Not tainted  ("); release && text.starts_with("REGS:")) {
        TaskLine task;
        parse_taint(text, task);
        if (!event.release) event.release = task.release;
        return true;
    }
    if (text.starts_with("MSR:") && contains(text, ",LE>")) event.arch = Arch::ppc64le;
    if (contains(text, "LE PAGE_SIZE=")) event.arch = Arch::ppc64le;
    if (contains(text, " psr: ") || text.starts_with("Exception stack(")) event.arch = Arch::arm;
    if (text.starts_with("pstate:") || contains(text, " pstate: ")) event.arch = Arch::aarch64;
    if (text.starts_with("PR is at")) event.arch = Arch::sh;
    return false;
}

bool ReportBody::take(std::string_view line, unsigned number) {
    auto text = trim_right(line);
    bool indented = !text.empty() && is_blank(text[0]);
    eat_blanks(text);
    if (text.empty()) {
        in_modules = false;
        if (sink >= 0 && event.other_stacks[static_cast<std::size_t>(sink)].frames.empty()) return true;
        return false;
    }
    if (ended) {  // die() repeats the instruction behind the end mark, a warning does not
        if (text.starts_with("RIP: 0010:") && opened_by == Role::headless) died = true;
        return false;
    }
    wide = wide || has_wide_address(text);
    bool modules_before = in_modules;
    in_modules = false;
    if (take_stack_title(text, number) || take_context(text, number) || take_instruction(text, number))
        return true;
    if (text[0] == '<') {  // <TASK> <IRQ> </NMI> <EOI>
        bool mark = text.size() < 24 && text.back() == '>';
        x86_marks = x86_marks || mark;
        task_closed = task_closed || text == "</TASK>";
        return mark;
    }
    if (text.starts_with("--- interrupt") || text.starts_with("--- Exception") || text.starts_with("---- interrupt")) {
        if (auto frame = symbol_after(text, " at "); frame && sink < 0) {
            if (!event.top || event.kind == CrashKind::panic) set_top(*frame, number);
            event.blamed = event.frames.size();
        }
        return true;
    }
    if (take_frame(text, number)) return true;
    bool readable = event.frames.empty() || (event.top && event.blamed == event.frames.size());
    if (!in_user && readable && parse_registers(text, event.registers, event.arch) > 0) return true;
    Registers ignored;
    std::optional<Arch> no_arch;
    if (parse_registers(text, ignored, no_arch) > 1) return true;
    if (modules_before && indented) {
        parse_modules(text, event.modules);
        in_modules = true;
        return true;
    }
    return false;
}

}  // namespace nfstriage::log
