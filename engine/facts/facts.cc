// Facts about reports and stacks. The log is in log_values.cc, members of kernel structures are in
// kernel_values.cc.
#include "facts/facts.h"

#include <re2/re2.h>

#include <utility>
#include <vector>

#include "facts/culprit.h"
#include "facts/frame_values.h"
#include "facts/log_values.h"
#include "facts/make_value.h"
#include "facts/state_values.h"
#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

using namespace make;
using Source = Provenance::Source;

// A vector that lives as long as the scene, as a shared pointer that owns nothing.
template <class T>
std::shared_ptr<const std::vector<T>> borrowed(const std::vector<T>& vector) {
    return {std::shared_ptr<const void>(), &vector};
}

}  // namespace

// What is worth keeping between questions.
struct Facts::Cache {
    std::map<std::string, Value, std::less<>> values;
    std::optional<Culprit> culprit;
};

Facts::Facts(const Scene& scene) : scene_(scene), cache_(std::make_unique<Cache>()) {}
Facts::~Facts() = default;

namespace {

// Looks one fact up in the scene.
class Reader {
public:
    Reader(const Scene& scene, std::optional<Culprit>& culprit)
        : scene_(scene), culprit_(culprit) {}

    Value read(std::string_view name) {
        auto dot = name.find('.');
        std::string_view group = name.substr(0, dot);
        std::string_view rest = dot == std::string_view::npos ? "" : name.substr(dot + 1);
        if (group == "crash") return crash(scene_.crash, rest, "crash");
        if (group == "first_error") return crash(scene_.first_error, rest, "first_error");
        if (group == "task") return task(rest);
        if (group == "culprit") return culprit(rest);
        if (group == "panic") return panic(rest);
        if (group == "kernel") return kernel(rest);
        if (group == "log") return log_value(scene_, rest);
        if (group == "nfs") return state_value(scene_, rest);
        if (name == "frames") return blamed();
        if (name == "panic_frames") return role_frames(StackRole::panic);
        if (name == "stacks") return stacks();
        if (name == "input.is_dump")
            return boolean(scene_.input.is_dump, Trust::registers, {Source::input, {}, {}, {}, {}});
        return Value(Unknown{Reason::corrupt, "no fact " + std::string(name)});
    }

private:
    Value missing(std::string what) const { return make::missing(scene_, std::move(what)); }
    Reason absent() const { return make::absent(scene_); }

    Value crash(const std::optional<Crash>& crash, std::string_view member,
                std::string_view group) {
        std::string name = std::string(group) + "." + std::string(member);
        if (!crash) return missing(group == "crash" ? "no crash report" : "no earlier error");
        Provenance from = at_line(crash->log_line);
        Trust trust = crash->log_line ? Trust::log : Trust::registers;
        const std::optional<Frame>& top = crash->top;
        if (member == "kind")
            return crash->kind == CrashKind::none
                       ? missing("what the kernel complained about")
                       : text(std::string(nfstriage::to_string(crash->kind)), trust, from);
        if (member == "message")
            // Where memory tells of a crash whose report is lost, the words are our own.
            return scene_.memory != nullptr && !crash->log_line ? missing(name)
                                                                : text(crash->message, trust, from);
        if (member == "time_s") return seconds(crash->time_s, trust, from);
        if (member == "complete")
            return true_or(scene_, crash->report_complete, "the rest of the report", trust, from);
        if (member == "cpu") return crash->cpu ? integer(*crash->cpu, trust, from) : missing(name);
        if (member == "line")
            return crash->log_line ? integer(*crash->log_line, trust, from) : missing(name);
        if (member == "order") return line_order(scene_, crash->log_line);
        if (member == "comm") return string_or(scene_, crash->task.comm, name, trust, from);
        if (member == "access") return string_or(scene_, crash->fault.access, name, trust, from);
        auto told = [&](const std::string& word) {
            return word.empty() ? missing(name) : text(word, trust, from);
        };
        if (member == "fault_member") return told(crash->fault.member);
        if (member == "fault_type") return told(crash->fault.type);
        if (member == "fault_pointer") return told(crash->fault.pointer_kind);
        if (member == "fault_address")
            return crash->fault.address ? Value(Value::Data(*crash->fault.address), trust, from)
                                        : missing(name);
        if (member == "registers")
            return registers_value(crash->registers, crash->log_line, absent());
        if (member == "frames") return role_frames(StackRole::first_error);
        if (!top || top->function.empty()) return missing(name);
        if (member == "function")
            return text(std::string(without_suffix(top->function)), top->trust, of_frame(*top));
        if (member == "module") return text(top->module, top->trust, of_frame(*top));
        if (member == "offset")
            return top->offset ? integer(*top->offset, top->trust, of_frame(*top)) : missing(name);
        return no_member(group, member);
    }

    Value task(std::string_view member) const {
        if (!scene_.crash) return missing("no crash report");
        const Task& task = scene_.crash->task;
        Provenance from = task.address ? Provenance{Source::memory,
                                                    "struct task_struct." + std::string(member),
                                                    {},
                                                    task.address->value,
                                                    {}}
                                       : at_line(scene_.crash->log_line);
        Trust trust = task.address ? Trust::registers : Trust::log;
        if (member == "comm") return string_or(scene_, task.comm, "task.comm", trust, from);
        if (member == "pid")
            return task.pid ? Value(Integer::of(*task.pid), trust, from) : missing("task.pid");
        return no_member("task", member);
    }

    Value culprit(std::string_view member) {
        if (!culprit_) culprit_ = find_culprit(scene_);
        const Culprit& found = *culprit_;
        if (!scene_.crash) return missing("no crash report");
        Trust trust = found.frame ? found.frame->trust : Trust::log;
        Provenance from = found.frame ? of_frame(*found.frame) : at_line(scene_.crash->log_line);
        const Blamed blamed = blamed_frames(scene_);
        bool whole = blamed.complete && unnamed_frames(blamed.frames) == 0;
        const Unknown unseen = blamed.complete
                                   ? Unknown{Reason::no_symbol, "functions of the blamed stack"}
                                   : incomplete_stack();
        if (member == "component") {
            // That no NFS function is on the stack shows only on a whole stack, all of it named.
            if (found.component == nfs::Component::none && !whole) return Value(unseen, from);
            return text(std::string(nfs::to_string(found.component)), trust, from);
        }
        if (member == "function")
            return found.function.empty() ? missing("culprit.function")
                                          : text(found.function, trust, from);
        if (member == "first_nfs_function") {
            if (found.first_nfs_function.empty() && !whole) return Value(unseen, from);
            return text(found.first_nfs_function, trust, from);
        }
        if (member == "from_first_error") return boolean(found.from_first_error, trust, from);
        return no_member("culprit", member);
    }

    Value panic(std::string_view member) const {
        if (!scene_.panic) return missing("no panic");
        const Panic& panic = *scene_.panic;
        Trust trust = scene_.input.is_dump ? Trust::registers : Trust::log;
        Provenance from{scene_.input.is_dump ? Source::stack : Source::log, "panic", {}, {}, {}};
        if (member == "comm") return string_or(scene_, panic.task.comm, "panic.comm", trust, from);
        if (member == "cpu")
            return panic.cpu ? integer(*panic.cpu, trust, from) : missing("panic.cpu");
        if (member == "pid")
            return panic.task.pid ? Value(Integer::of(*panic.task.pid), trust, from)
                                  : missing("panic.pid");
        if (member == "reason")
            return panic.reason.empty() ? missing("panic.reason") : text(panic.reason, trust, from);
        if (member == "registers") return registers_value(panic.registers, {}, absent());
        return no_member("panic", member);
    }

    Value kernel(std::string_view member) const {
        const Kernel& kernel = scene_.kernel;
        Trust trust = scene_.input.is_dump ? Trust::registers : Trust::log;
        Provenance from{scene_.input.is_dump ? Source::memory : Source::log,
                        "kernel." + std::string(member),
                        {},
                        {},
                        {}};
        if (member == "release")
            return string_or(scene_, kernel.release, "kernel.release", trust, from);
        if (member == "arch")
            return kernel.arch ? text(std::string(nfstriage::to_string(*kernel.arch)), trust, from)
                               : missing("kernel.arch");
        if (member == "page_size")
            return kernel.page_size ? integer(*kernel.page_size, trust, from)
                                    : missing("kernel.page_size");
        if (member == "modules") {
            if (kernel.modules.empty()) return missing("kernel.modules");
            const std::vector<std::string>* names = &kernel.modules;
            return list_of(
                Type{Kind::string, {}}, names->size(),
                [names, trust, from](std::size_t i) { return text((*names)[i], trust, from); },
                true, {}, trust, from);
        }
        return no_member("kernel", member);
    }

    Unknown incomplete_stack() const { return {absent(), "rest of the blamed stack"}; }

    Value blamed() const {
        if (!scene_.crash) return missing("no crash report");
        Blamed found = blamed_frames(scene_);
        if (found.frames.empty()) return missing("stack of the crash report");
        // Without the sampled or faulting instruction the innermost function is not known, except
        // for tasks that sleep: their stack starts in the scheduler.
        bool top_known = scene_.crash->top.has_value() ||
                         scene_.crash->kind == CrashKind::hung_task ||
                         found.frames.front().trust < Trust::log;
        return frames_value({std::make_shared<const std::vector<Frame>>(std::move(found.frames)),
                             found.complete, top_known, incomplete_stack()},
                            {Source::derived, "blamed stack", scene_.crash->log_line, {}, {}});
    }

    Value role_frames(StackRole role) const {
        const Stack* stack = scene_.stack(role);
        if (!stack) return missing("stack of the " + std::string(to_string(role)) + " task");
        return stack_frames(*stack);
    }

    Value stack_frames(const Stack& stack) const {
        return frames_value(
            {borrowed(stack.frames), stack.complete, true, {absent(), "rest of the stack"}},
            {Source::derived, std::string(to_string(stack.role)) + " stack", {}, {}, {}});
    }

    Value stacks() const {
        Provenance from{Source::derived, "stacks", {}, {}, {}};
        Reader reader = *this;
        auto at = [reader](std::size_t index) {
            const Stack* stack = &reader.scene_.stacks[index];
            Trust trust = stack->task.address ? Trust::registers : Trust::log;
            Provenance here{Source::derived, "stack " + std::to_string(index), {}, {}, {}};
            auto get = [reader, stack, trust, here](std::string_view member) {
                if (member == "role") return text(std::string(to_string(stack->role)), trust, here);
                if (member == "complete")
                    return true_or(reader.scene_, stack->complete, "the rest of the stack", trust,
                                   here);
                if (member == "frames") return reader.stack_frames(*stack);
                if (member == "comm")
                    return string_or(reader.scene_, stack->task.comm, "comm", trust, here);
                if (member == "cpu")
                    return stack->cpu ? integer(*stack->cpu, trust, here) : reader.missing("CPU");
                if (member == "pid")
                    return stack->task.pid ? Value(Integer::of(*stack->task.pid), trust, here)
                                           : reader.missing("pid");
                return no_member("stack", member);
            };
            std::string shown = std::string(to_string(stack->role)) + " stack";
            if (stack->task.comm) shown += " of " + *stack->task.comm;
            return record_of("stack", get, shown, trust, here);
        };
        Trust trust = scene_.input.is_dump ? Trust::registers : Trust::log;
        return list_of(record_type("stack"), scene_.stacks.size(), at, scene_.stacks_complete,
                       {absent(), "stacks of the other tasks"}, trust, from);
    }

    const Scene& scene_;
    std::optional<Culprit>& culprit_;
};

// The register that carries C argument `index` at a call on `arch`; "" where we do not know.
std::string argument_register(std::optional<Arch> arch, unsigned index) {
    static constexpr std::string_view kX86[] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
    if (!arch || index > 5) return "";
    if (*arch == Arch::x86_64) return std::string(kX86[index]);
    if (*arch == Arch::aarch64) return "x" + std::to_string(index);
    return "";
}

}  // namespace

Value Facts::get(std::string_view name) const {
    auto found = cache_->values.find(name);
    if (found != cache_->values.end()) return found->second;
    Value value = Reader(scene_, cache_->culprit).read(name);
    cache_->values.emplace(std::string(name), value);
    return value;
}

Value Facts::log_has(const re2::RE2& pattern) const {
    for (const log::Line& line : scene_.log.text)
        if (re2::RE2::PartialMatch(re2::StringPiece(line.text.data(), line.text.size()), pattern))
            return boolean(true, Trust::log, at_line(line.number));
    Provenance from{Source::log, std::to_string(scene_.log.text.size()) + " lines", {}, {}, {}};
    if (!scene_.log_complete || !scene_.log.text_complete)
        return Value(Unknown{Reason::not_in_log, "the log is cut"}, from);
    return boolean(false, Trust::log, from);
}

Value Facts::register_value(std::string_view context, std::string_view name) const {
    Reason absent = scene_.input.is_dump ? Reason::not_dumped : Reason::not_in_log;
    const Registers* registers = nullptr;
    std::optional<unsigned> line;
    if (context == "crash" && scene_.crash) {
        registers = &scene_.crash->registers;
        line = scene_.crash->log_line;
    } else if (context == "first_error" && scene_.first_error) {
        registers = &scene_.first_error->registers;
        line = scene_.first_error->log_line;
    } else if (context == "panic" && scene_.panic) {
        registers = &scene_.panic->registers;
    }
    std::string shown(name);
    Provenance from{Source::registers, shown, line, {}, {}};
    if (!registers) return Value(Unknown{absent, "registers of " + std::string(context)}, from);
    std::optional<std::uint64_t> value;
    std::optional<Arch> arch = scene_.kernel.arch;
    if (name == "pc" || name == "sp" || name == "fp") {
        if (!arch) return Value(Unknown{absent, "architecture"}, from);
        value = name == "pc"   ? registers->pc(*arch)
                : name == "sp" ? registers->sp(*arch)
                               : registers->fp(*arch);
    } else if (name.size() == 4 && name.starts_with("arg")) {
        std::string real = argument_register(arch, static_cast<unsigned>(name[3] - '0'));
        if (real.empty()) return Value(Unknown{Reason::unsupported_arch, shown}, from);
        from.what = real;
        value = registers->get(real);
    } else {
        value = registers->get(name);
    }
    // A log prints the program counter as the report's instruction, not among the registers.
    if (!value && name == "pc") {
        const auto& crash = context == "crash" ? scene_.crash : scene_.first_error;
        if (context != "panic" && crash && crash->top && crash->top->address)
            return Value(Value::Data(*crash->top->address), crash->top->trust,
                         of_frame(*crash->top));
    }
    if (!value) return Value(Unknown{absent, "register " + shown}, from);
    bool from_log = line.has_value() || !scene_.input.is_dump;
    return Value(Value::Data(*value), from_log ? Trust::log : Trust::registers, from);
}

}  // namespace nfstriage::facts
