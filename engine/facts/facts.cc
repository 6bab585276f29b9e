// Facts about reports, stacks and the log. Members of kernel structures are in kernel_values.cc.
#include "facts/facts.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "facts/culprit.h"
#include "facts/vocabulary.h"
#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

using Source = Provenance::Source;
using Frames = std::shared_ptr<const std::vector<Frame>>;

// A vector that lives as long as the scene, as a shared pointer that owns nothing.
template <class T>
std::shared_ptr<const std::vector<T>> borrowed(const std::vector<T>& vector) {
    return {std::shared_ptr<const void>(), &vector};
}

Provenance at_line(std::optional<unsigned> line, std::string what = {}) {
    return {line ? Source::log : Source::derived, std::move(what), line, std::nullopt, {}};
}

Value integer(std::uint64_t value, Trust trust, Provenance from) {
    Integer number = Integer::of_unsigned(value);
    if (number.value <= INT64_MAX) number.is_unsigned = false;
    return Value(number, trust, std::move(from));
}

Value text(std::string value, Trust trust, Provenance from) {
    return Value(std::move(value), trust, std::move(from));
}

Value boolean(bool value, Trust trust, Provenance from) {
    return Value(value, trust, std::move(from));
}

Value seconds(std::optional<double> time, Trust trust, Provenance from) {
    if (!time || !std::isfinite(*time) || *time < 0 || *time > 1e15)
        return Value(Unknown{Reason::not_in_log, "time stamp"}, std::move(from));
    return integer(static_cast<std::uint64_t>(*time), trust, std::move(from));
}

template <class T>
Value list_of(Type element, std::size_t size, T at, bool complete, Unknown why, Trust trust,
              Provenance from) {
    auto list = std::make_shared<List>();
    list->element = std::move(element);
    list->size = size;
    list->at = std::move(at);
    list->complete = complete;
    list->why = std::move(why);
    return Value(std::shared_ptr<const List>(std::move(list)), trust, std::move(from));
}

Type record_type(std::string_view schema) { return Type{Kind::record, std::string(schema)}; }

Value record_of(std::string_view schema, std::function<Value(std::string_view)> get,
                std::string shown, Trust trust, Provenance from) {
    auto record = std::make_shared<Record>();
    record->schema = schema;
    record->get = std::move(get);
    record->text = std::move(shown);
    return Value(std::shared_ptr<const Record>(std::move(record)), trust, std::move(from));
}

Value no_member(std::string_view schema, std::string_view member) {
    return Value(Unknown{Reason::corrupt, std::string(schema) + " has no member " +
                                              std::string(member)});
}

// --- frames ---

// A stack as a list of frames. `top_known`: nothing is missing above the first frame.
struct FrameList {
    Frames frames;
    bool complete;
    bool top_known;
    Unknown why;
};

Provenance of_frame(const Frame& frame) {
    if (frame.log_line || frame.trust == Trust::log)
        return {Source::log, {}, frame.log_line, frame.address, {}};
    return {Source::stack, std::string(to_string(frame.trust)), {}, frame.address, {}};
}

// The nearest reliable frame from `index` in direction `step`; null at the end of the list.
const Frame* neighbour(const std::vector<Frame>& frames, std::size_t index, int step) {
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(index) + step;
         i >= 0 && i < static_cast<std::ptrdiff_t>(frames.size()); i += step) {
        const Frame& frame = frames[static_cast<std::size_t>(i)];
        if (reliable(frame.trust) && !frame.function.empty()) return &frame;
    }
    return nullptr;
}

Value frame_member(const FrameList& list, std::size_t index, std::string_view member) {
    const Frame& frame = (*list.frames)[index];
    Provenance from = of_frame(frame);
    Trust trust = frame.trust;
    auto next = [&](int step, bool end_known) {
        const Frame* found = neighbour(*list.frames, index, step);
        if (found)
            return text(std::string(without_suffix(found->function)), std::max(trust, found->trust),
                        of_frame(*found));
        if (!end_known) return Value(list.why, from);
        return text("", trust, from);
    };
    if (member == "function")
        return frame.function.empty()
                   ? Value(Unknown{Reason::no_symbol, "frame " + std::to_string(index)}, from)
                   : text(std::string(without_suffix(frame.function)), trust, from);
    if (member == "callee") return next(-1, list.top_known);
    if (member == "caller") return next(1, list.complete);
    if (member == "component")
        return frame.function.empty() && frame.module.empty()
                   ? Value(Unknown{Reason::no_symbol, "frame " + std::to_string(index)}, from)
                   : text(std::string(nfs::to_string(
                              nfs::component_of(frame).value_or(nfs::Component::none))),
                          trust, from);
    if (member == "index") return integer(index, trust, from);
    if (member == "inlined") return boolean(frame.inlined, trust, from);
    if (member == "module") return text(frame.module, trust, from);
    if (member == "offset")
        return frame.offset ? integer(*frame.offset, trust, from)
                            : Value(Unknown{Reason::no_symbol, "offset of the frame"}, from);
    // How far a frame can be trusted is itself certain.
    if (member == "reliable") return boolean(reliable(trust), Trust::registers, from);
    if (member == "trust") return text(std::string(to_string(trust)), Trust::registers, from);
    return no_member("frame", member);
}

Value frames_value(FrameList list, Provenance from) {
    Trust trust = Trust::registers;  // of the list: the weakest frame that counts
    for (const Frame& frame : *list.frames)
        if (reliable(frame.trust)) trust = std::max(trust, frame.trust);
    std::size_t size = list.frames->size();
    bool complete = list.complete && list.top_known;
    Unknown why = list.why;
    auto at = [list](std::size_t index) {
        const Frame& frame = (*list.frames)[index];
        std::string shown = frame.function.empty() ? "?" : frame.function;
        if (!frame.module.empty()) shown += " [" + frame.module + "]";
        return record_of(
            "frame", [list, index](std::string_view member) { return frame_member(list, index, member); },
            std::move(shown), frame.trust, of_frame(frame));
    };
    return list_of(record_type("frame"), size, at, complete, why, trust, std::move(from));
}

// --- registers ---

Value registers_value(const Registers& registers, std::optional<unsigned> line, Reason absent) {
    Provenance from{line ? Source::log : Source::registers, "registers", line, {}, {}};
    Trust trust = line ? Trust::log : Trust::registers;
    if (registers.empty()) return Value(Unknown{absent, "registers"}, from);
    auto pairs = std::make_shared<std::vector<std::pair<std::string, std::uint64_t>>>(
        registers.values.begin(), registers.values.end());
    auto at = [pairs, trust, line](std::size_t index) {
        const auto& [name, value] = (*pairs)[index];
        Provenance here{Source::registers, name, line, {}, {}};
        return record_of(
            "register",
            [pairs, index, trust, here](std::string_view member) {
                const auto& pair = (*pairs)[index];
                if (member == "name") return text(pair.first, trust, here);
                if (member == "value") return Value(Value::Data(pair.second), trust, here);
                return no_member("register", member);
            },
            name, trust, here);
    };
    // Not every register is saved or printed, so one that is absent proves nothing.
    return list_of(record_type("register"), pairs->size(), at, false,
                   Unknown{absent, "the other registers"}, trust, from);
}

std::string_view notice_kind(log::Notice::Kind kind) {
    using NoticeKind = log::Notice::Kind;
    switch (kind) {
        case NoticeKind::server_not_responding: return "server_not_responding";
        case NoticeKind::server_ok: return "server_ok";
        case NoticeKind::lock_reclaim_failed: return "lock_reclaim_failed";
        case NoticeKind::invalid_unlock: return "invalid_unlock";
        case NoticeKind::kdump_starting: return "kdump_starting";
        case NoticeKind::kdump_bye: return "kdump_bye";
        case NoticeKind::stopping_cpus_failed: return "stopping_cpus_failed";
        case NoticeKind::cpus_stale: return "cpus_stale";
        case NoticeKind::other: break;
    }
    return "other";
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
    Reader(const Scene& scene, std::optional<Culprit>& culprit) : scene_(scene), culprit_(culprit) {}

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
        if (group == "log") return log(rest);
        if (name == "frames") return blamed();
        if (name == "panic_frames") return role_frames(StackRole::panic);
        if (name == "stacks") return stacks();
        if (name == "input.is_dump")
            return boolean(scene_.input.is_dump, Trust::registers, {Source::input, {}, {}, {}, {}});
        return Value(Unknown{Reason::corrupt, "no fact " + std::string(name)});
    }

private:
    Reason absent() const { return scene_.input.is_dump ? Reason::not_dumped : Reason::not_in_log; }
    Value missing(std::string what) const { return Value(Unknown{absent(), std::move(what)}); }

    // Lines count in time: a newest-first export has them the other way round.
    Value order(std::optional<unsigned> line) const {
        if (!line) return missing("log line");
        unsigned place = scene_.log.reversed ? scene_.log.lines + 1 - std::min(*line, scene_.log.lines)
                                             : *line;
        return integer(place, Trust::log, at_line(line));
    }

    Value string_or(const std::optional<std::string>& value, std::string what, Trust trust,
                    Provenance from) const {
        return value ? text(*value, trust, std::move(from)) : missing(std::move(what));
    }

    Value crash(const std::optional<Crash>& crash, std::string_view member, std::string_view group) {
        std::string name = std::string(group) + "." + std::string(member);
        if (!crash) return missing(group == "crash" ? "no crash report" : "no earlier error");
        Provenance from = at_line(crash->log_line);
        Trust trust = crash->log_line ? Trust::log : Trust::registers;
        const std::optional<Frame>& top = crash->top;
        if (member == "kind") return text(std::string(nfstriage::to_string(crash->kind)), trust, from);
        if (member == "message") return text(crash->message, trust, from);
        if (member == "time_s") return seconds(crash->time_s, trust, from);
        if (member == "complete") return boolean(crash->report_complete, trust, from);
        if (member == "cpu") return crash->cpu ? integer(*crash->cpu, trust, from) : missing(name);
        if (member == "line")
            return crash->log_line ? integer(*crash->log_line, trust, from) : missing(name);
        if (member == "order") return order(crash->log_line);
        if (member == "comm") return string_or(crash->task.comm, name, trust, from);
        if (member == "access") return string_or(crash->fault.access, name, trust, from);
        if (member == "fault_address")
            return crash->fault.address ? Value(Value::Data(*crash->fault.address), trust, from)
                                        : missing(name);
        if (member == "registers") return registers_value(crash->registers, crash->log_line, absent());
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
        Provenance from = task.address
                              ? Provenance{Source::memory, "struct task_struct." + std::string(member),
                                           {}, task.address->value, {}}
                              : at_line(scene_.crash->log_line);
        Trust trust = task.address ? Trust::registers : Trust::log;
        if (member == "comm") return string_or(task.comm, "task.comm", trust, from);
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
        bool whole = blamed_frames(scene_).complete;
        if (member == "component") {
            // That no NFS function is on the stack shows only on a whole stack.
            if (found.component == nfs::Component::none && !whole)
                return Value(incomplete_stack(), from);
            return text(std::string(nfs::to_string(found.component)), trust, from);
        }
        if (member == "function")
            return found.function.empty() ? missing("culprit.function")
                                          : text(found.function, trust, from);
        if (member == "first_nfs_function") {
            if (found.first_nfs_function.empty() && !whole) return Value(incomplete_stack(), from);
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
        if (member == "comm") return string_or(panic.task.comm, "panic.comm", trust, from);
        if (member == "cpu") return panic.cpu ? integer(*panic.cpu, trust, from) : missing("panic.cpu");
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
                        "kernel." + std::string(member), {}, {}, {}};
        if (member == "release") return string_or(kernel.release, "kernel.release", trust, from);
        if (member == "arch")
            return kernel.arch ? text(std::string(nfstriage::to_string(*kernel.arch)), trust, from)
                               : missing("kernel.arch");
        if (member == "page_size")
            return kernel.page_size ? integer(*kernel.page_size, trust, from)
                                    : missing("kernel.page_size");
        if (member == "modules") {
            if (kernel.modules.empty()) return missing("kernel.modules");
            const std::vector<std::string>* names = &kernel.modules;
            return list_of(Type{Kind::string, {}}, names->size(),
                           [names, trust, from](std::size_t i) {
                               return text((*names)[i], trust, from);
                           },
                           true, {}, trust, from);
        }
        return no_member("kernel", member);
    }

    Value log(std::string_view member) const {
        const log::ConsoleLog& log = scene_.log;
        Unknown cut{Reason::not_in_log, "the log does not reach back to the boot, or is cut"};
        Provenance from{Source::log, {}, {}, {}, {}};
        Reader reader = *this;
        if (member == "events") {
            // Reports of other boots in the same file are no part of this crash.
            auto indices = std::make_shared<std::vector<std::size_t>>();
            for (std::size_t i = 0; i < log.events.size(); ++i)
                if (!log.crash || *log.crash >= log.events.size() ||
                    log.events[i].boot == log.events[*log.crash].boot)
                    indices->push_back(i);
            return list_of(record_type("event"), indices->size(),
                           [reader, indices](std::size_t i) { return reader.event((*indices)[i]); },
                           scene_.log_complete, cut, Trust::log, from);
        }
        if (member == "notices")
            return list_of(record_type("notice"), log.notices.size(),
                           [reader](std::size_t i) { return reader.notice(i); }, scene_.log_complete, cut,
                           Trust::log, from);
        if (member == "servers") {
            auto last = std::make_shared<std::vector<const log::Notice*>>(last_words());
            return list_of(record_type("server"), last->size(),
                           [reader, last](std::size_t i) { return reader.server(*(*last)[i]); },
                           scene_.log_complete, cut, Trust::log, from);
        }
        if (member == "lines")
            return list_of(record_type("line"), log.text.size(),
                           [reader](std::size_t i) { return reader.line(i); },
                           scene_.log_complete && log.text_complete, cut, Trust::log, from);
        return no_member("log", member);
    }

    // Records refer to the scene only: they outlive this reader.
    Value event(std::size_t index) const {
        const log::Event* event = &scene_.log.events[index];
        Provenance from = at_line(event->first_line);
        Reader reader = *this;
        auto get = [reader, event, from](std::string_view member) {
            return reader.event_member(*event, member, from);
        };
        return record_of("event", get, event->message, Trust::log, from);
    }

    Value event_member(const log::Event& event, std::string_view member, Provenance from) const {
        auto number = [&](const auto& value, const char* what) {
            return value ? Value(Integer::of(static_cast<std::int64_t>(*value)), Trust::log, from)
                         : missing(what);
        };
        if (member == "kind")
            return text(std::string(nfstriage::to_string(event.kind)), Trust::log, from);
        if (member == "message") return text(event.message, Trust::log, from);
        if (member == "comm") return string_or(event.comm, "comm of the report", Trust::log, from);
        if (member == "complete") return boolean(event.complete, Trust::log, from);
        if (member == "cpu") return number(event.cpu, "CPU of the report");
        if (member == "pid") return number(event.pid, "pid of the report");
        if (member == "line") return integer(event.first_line, Trust::log, from);
        if (member == "order") return order(event.first_line);
        if (member == "time_s") return seconds(event.time_s, Trust::log, from);
        if (member == "fault_address")
            return event.fault_address ? Value(Value::Data(*event.fault_address), Trust::log, from)
                                       : missing("fault address of the report");
        if (member == "registers")
            return registers_value(event.registers, event.first_line, Reason::not_in_log);
        if (member == "function")
            return event.top && !event.top->function.empty()
                       ? text(std::string(without_suffix(event.top->function)), event.top->trust,
                              of_frame(*event.top))
                       : missing("function of the report");
        FrameList list{event_frames(event), event.complete,
                       event.top.has_value() || event.kind == CrashKind::hung_task ||
                           event.kind == CrashKind::panic,
                       incomplete_report(event)};
        if (member == "frames") return frames_value(std::move(list), from);
        if (member == "first_nfs_function") {
            for (const Frame& frame : *list.frames)
                if (reliable(frame.trust) && nfs::component_of(frame))
                    return text(std::string(without_suffix(frame.function)), frame.trust,
                                of_frame(frame));
            if (!list.complete) return Value(list.why, from);
            return text("", Trust::log, from);
        }
        return no_member("event", member);
    }

    static Frames event_frames(const log::Event& event) {
        auto frames = std::make_shared<std::vector<Frame>>();
        if (event.top) frames->push_back(*event.top);
        std::size_t from = std::min(event.blamed, event.frames.size());
        frames->insert(frames->end(), event.frames.begin() + static_cast<std::ptrdiff_t>(from),
                       event.frames.end());
        return frames;
    }

    static Unknown incomplete_report(const log::Event& event) {
        return {Reason::not_in_log,
                event.corrupted.empty() ? "rest of the report's stack" : event.corrupted};
    }

    Value notice(std::size_t index) const {
        const log::Notice* notice = &scene_.log.notices[index];
        Provenance from = at_line(notice->log_line);
        Reader reader = *this;
        auto get = [reader, notice, from](std::string_view member) {
            if (member == "kind") return text(std::string(notice_kind(notice->kind)), Trust::log, from);
            if (member == "text") return text(notice->text, Trust::log, from);
            if (member == "subject") return text(notice->subject, Trust::log, from);
            if (member == "line") return integer(notice->log_line, Trust::log, from);
            if (member == "order") return reader.order(notice->log_line);
            if (member == "time_s") return seconds(notice->time_s, Trust::log, from);
            return no_member("notice", member);
        };
        return record_of("notice", get, notice->text, Trust::log, from);
    }

    // The last notice about each server, in the order in which the servers were first named.
    std::vector<const log::Notice*> last_words() const {
        std::vector<const log::Notice*> last;
        for (const log::Notice& notice : scene_.log.notices) {
            if (notice.kind != log::Notice::Kind::server_not_responding &&
                notice.kind != log::Notice::Kind::server_ok)
                continue;
            auto same = [&](const log::Notice* n) { return n->subject == notice.subject; };
            auto known = std::find_if(last.begin(), last.end(), same);
            if (known == last.end())
                last.push_back(&notice);
            else
                *known = &notice;
        }
        return last;
    }

    Value server(const log::Notice& last) const {
        Provenance from = at_line(last.log_line);
        Reader reader = *this;
        const log::Notice* notice = &last;
        auto get = [reader, notice, from](std::string_view member) {
            if (member == "name") return text(notice->subject, Trust::log, from);
            if (member == "silent")
                return boolean(notice->kind == log::Notice::Kind::server_not_responding, Trust::log,
                               from);
            if (member == "line") return integer(notice->log_line, Trust::log, from);
            if (member == "order") return reader.order(notice->log_line);
            return no_member("server", member);
        };
        return record_of("server", get, last.subject, Trust::log, from);
    }

    Value line(std::size_t index) const {
        const log::Line* line = &scene_.log.text[index];
        Provenance from = at_line(line->number);
        auto get = [line, from](std::string_view member) {
            if (member == "text") return text(line->text, Trust::log, from);
            if (member == "number") return integer(line->number, Trust::log, from);
            return no_member("line", member);
        };
        return record_of("line", get, line->text, Trust::log, from);
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
        return frames_value({borrowed(stack.frames), stack.complete, true,
                             {absent(), "rest of the stack"}},
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
                if (member == "complete") return boolean(stack->complete, trust, here);
                if (member == "frames") return reader.stack_frames(*stack);
                if (member == "comm") return reader.string_or(stack->task.comm, "comm", trust, here);
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
        if (re2::RE2::PartialMatch(line.text, pattern))
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
        value = name == "pc" ? registers->pc(*arch)
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
            return Value(Value::Data(*crash->top->address), crash->top->trust, of_frame(*crash->top));
    }
    if (!value) return Value(Unknown{absent, "register " + shown}, from);
    bool from_log = line.has_value() || !scene_.input.is_dump;
    return Value(Value::Data(*value), from_log ? Trust::log : Trust::registers, from);
}

}  // namespace nfstriage::facts
