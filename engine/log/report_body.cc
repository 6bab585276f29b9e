#include "log/report_body.h"

#include "base/text.h"
#include "log/body.h"
#include "log/frame_line.h"
#include "log/scan.h"

namespace nfstriage::log {
namespace {

constexpr std::size_t kMaxFrames = 512, kMaxStacks = 512;

// A kernel address of 64 bits: "ffff" and twelve more hex digits.
bool has_wide_address(std::string_view text) {
    for (auto at = text.find("ffff"); at != std::string_view::npos;
         at = text.find("ffff", at + 1)) {
        std::size_t n = 0;
        while (at + n < text.size() && n < 17 && is_hex(text[at + n])) ++n;
        if (n == 16) return true;
        if (n > 16) return false;
    }
    return false;
}

}  // namespace

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
        {"RIP:", Arch::x86_64},      {"RIP ", Arch::x86_64},         {"EIP:", Arch::i386},
        {"EIP is at", Arch::i386},   {"IP:", std::nullopt},          {"IP is at", std::nullopt},
        {"pc :", std::nullopt},      {"PC is at", std::nullopt},     {"epc :", std::nullopt},
        {"epc   :", Arch::mips},     {"NIP [", Arch::ppc64},         {"Krnl PSW :", Arch::s390x},
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
                if (segment == "0033" || segment == "0023" || segment == "002b" ||
                    segment == "0073") {
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
        if (event.top && event.top->function.empty() && !frame.function.empty() &&
            event.frames.empty())
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
    static constexpr std::string_view kOthers[] = {"Allocated by task",
                                                   "Freed by task",
                                                   "Last potentially related",
                                                   "Second to last potentially",
                                                   "Allocated in ",
                                                   "Freed in ",
                                                   "Uninit was ",
                                                   "Local variable ",
                                                   "stack backtrace:",
                                                   "Preemption disabled at",
                                                   "Last Breaking-Event",
                                                   "kfence-#",
                                                   "allocated by task",
                                                   "freed by task",
                                                   "Workqueue creation",
                                                   "page last allocated",
                                                   "page last free",
                                                   "the existing dependency chain",
                                                   "stack guard page"};
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
        text == "Backtrace: " || text.starts_with("Stack backtrace") ||
        text.starts_with("CallTrace")) {
        bool main_done = event.frames.size() > 1 && sink < 0;
        if (main_done)
            substack("Call Trace");
        else if (event.frames.size() <= 1)
            sink = -1;
        return true;
    }
    return false;
}

bool ReportBody::take_frame(std::string_view text, unsigned number) {
    auto line = parse_frame(text);
    if (!line) return false;
    auto& frames =
        sink < 0 ? event.frames : event.other_stacks[static_cast<std::size_t>(sink)].frames;
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
    if ((text.starts_with("Read of size") || text.starts_with("Write of size") ||
         text.starts_with("Invalid ")) &&
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
    if (eat(rest, "task:") &&
        event.kind == CrashKind::hung_task) {  // "task:x state:D stack:0 pid:1"
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
    if (auto bad = after(text, "badaddr: ");
        bad && text.starts_with("status: ") && !event.fault_address) {
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
        if (sink >= 0 && event.other_stacks[static_cast<std::size_t>(sink)].frames.empty())
            return true;
        return false;
    }
    if (ended) {  // die() repeats the instruction behind the end mark, a warning does not
        if (text.starts_with("RIP: 0010:") && opened_by == Role::headless) died = true;
        return false;
    }
    wide = wide || has_wide_address(text);
    bool modules_before = in_modules;
    in_modules = false;
    if (take_stack_title(text, number) || take_context(text, number) ||
        take_instruction(text, number))
        return true;
    if (text[0] == '<') {  // <TASK> <IRQ> </NMI> <EOI>
        bool mark = text.size() < 24 && text.back() == '>';
        x86_marks = x86_marks || mark;
        task_closed = task_closed || text == "</TASK>";
        return mark;
    }
    if (text.starts_with("--- interrupt") || text.starts_with("--- Exception") ||
        text.starts_with("---- interrupt")) {
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
