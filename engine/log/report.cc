#include "log/report.h"

#include <algorithm>

#include "log/body.h"
#include "log/report_body.h"
#include "log/scan.h"
#include "log/wrapping.h"

namespace nfstriage::log {
namespace {

constexpr std::size_t kMaxStreams = 32, kMaxLine = 32 * 1024, kMaxEvents = 10'000;
constexpr unsigned kQuietLimit = 200;  // lines without meaning after which a report is over

bool sampled(CrashKind kind) {
    return kind == CrashKind::soft_lockup || kind == CrashKind::hard_lockup ||
           kind == CrashKind::rcu_stall;
}

}  // namespace

struct Reports::Report : ReportBody {};

Reports::Reports(ConsoleLog& out) : out_(out) {}
Reports::~Reports() = default;

Reports::Stream& Reports::stream_of(const InputLine& line, bool opens) {
    if (!line.prefixed && last_) return *last_;
    // a report whose printing task moved to another CPU goes on under that CPU's number
    bool migrated = line.caller.kind == 'N' && !opens && last_ && last_->caller.kind == 'N' &&
                    (last_->report || last_->pending);
    for (auto& stream : streams_)
        if (stream->caller == line.caller && !(migrated && !stream->report && !stream->pending)) {
            stream->used = ++clock_;
            return *stream;
        }
    if (migrated) return *last_;
    if (!opens && line.caller.kind) return idle_;
    if (streams_.size() >= kMaxStreams) {
        auto oldest = std::min_element(streams_.begin(), streams_.end(), [](auto& a, auto& b) {
            bool a_open = a->report != nullptr, b_open = b->report != nullptr;
            return a_open != b_open ? b_open : a->used < b->used;
        });
        if ((*oldest)->pending) process(**oldest);
        close(**oldest);
        if (last_ == oldest->get()) last_ = nullptr;
        streams_.erase(oldest);
    }
    streams_.push_back(std::make_unique<Stream>());
    streams_.back()->caller = line.caller;
    streams_.back()->used = ++clock_;
    return *streams_.back();
}

void Reports::note_boot(const InputLine& line) {
    if (!line.time_s) return;
    if (newest_s_ && *newest_s_ > 30 && *line.time_s < 5 && *line.time_s + 30 < *newest_s_) {
        for (auto& stream : streams_) {
            if (stream->pending) process(*stream);
            close(*stream);
        }
        ++boot_;
        newest_s_.reset();
    }
    newest_s_ = std::max(newest_s_.value_or(0), *line.time_s);
}

bool Reports::feed(const InputLine& line) {
    note_boot(line);
    auto found = line.speaks ? match_headline(line.text) : std::nullopt;
    bool inside = line.speaks && starts_inside(line.text);
    auto& stream = stream_of(line, found || inside);
    last_ = &stream;
    // without any prefix, or without the stamp that the line before has
    bool bare = !line.prefixed || (stream.pending && stream.pending->time_s && !line.time_s);
    if (stream.pending && bare && stream.pending->text.size() + line.text.size() < kMaxLine &&
        continues(stream.pending->text, stream.pending->prefixed, line.text)) {
        auto& text = stream.pending->text;
        if (!text.empty() && !is_blank(text.back())) text += ' ';
        auto more = line.text;
        eat_blanks(more);
        text += more;
        stream.pending->last_number = line.number;
        if (!stream.pending->headline) stream.pending->headline = match_headline(text);
        return true;
    }
    // two consoles, or a journal that took the line twice: the same message again is no new report
    if (found && stream.pending && stream.pending->headline && stream.pending->text == line.text &&
        stream.pending->time_s == line.time_s)
        return true;
    if (stream.pending) process(stream);
    if (!stream.report && !found) {
        // outside of reports only a headline matters; it may have been wrapped
        if (inside) {
            Logical next;
            next.text = line.text.substr(0, kMaxLine);
            next.number = next.last_number = line.number;
            next.time_s = line.time_s;
            next.prefixed = line.prefixed;
            next.headline = Headline{Role::headless, CrashKind::none};
            stream.pending = std::move(next);
            return true;
        }
        bool wrapped = !line.prefixed && stream.held_number + 1 == line.number &&
                       completes_headline(stream.held, line.text);
        if (!wrapped) {
            if (line.prefixed) {
                stream.held.assign(line.text.substr(0, 200));
                stream.held_number = line.number;
                stream.held_caller = line.caller;
                stream.held_time_s = line.time_s;
            }
            return false;
        }
        Logical next;
        next.text = std::string(trim_right(stream.held)) + ' ' + std::string(line.text);
        next.number = stream.held_number;
        next.last_number = line.number;
        next.time_s = stream.held_time_s;
        next.prefixed = true;
        next.headline = match_headline(next.text);
        InputLine whole{next.text, next.number, next.time_s, stream.held_caller, true};
        last_ = &stream_of(whole, true);
        if (last_->pending) process(*last_);
        last_->pending = std::move(next);
        return true;
    }
    Logical next;
    next.text = line.text.substr(0, kMaxLine);
    next.number = next.last_number = line.number;
    next.time_s = line.time_s;
    next.prefixed = line.prefixed;
    next.headline = found;
    stream.pending = std::move(next);
    return true;
}

void Reports::finish() {
    for (auto& stream : streams_)
        if (stream->pending) process(*stream);
    close_orphans();
    for (auto& stream : streams_) {
        if (stream->report) stream->report->log_ended = true;
        close(*stream);
    }
    streams_.clear();
    last_ = nullptr;
    std::stable_sort(out_.events.begin(), out_.events.end(), [](const Event& a, const Event& b) {
        return a.boot != b.boot ? a.boot < b.boot : a.first_line < b.first_line;
    });
}

void Reports::process(Stream& stream) {
    auto line = std::move(*stream.pending);
    stream.pending.reset();
    if (line.headline)
        headline(stream, line);
    else if (stream.report)
        body(stream, line);
}

void Reports::body(Stream& stream, const Logical& line) {
    auto text = std::string_view(line.text);
    auto* report = stream.nested ? stream.nested.get() : stream.report.get();
    // a second context inside a report: a stack of another CPU, or one that nothing announced
    if (auto task = parse_task_line(text);
        task && task->cpu && report->has_cpu_line && !report->event.frames.empty()) {
        open_nested(stream, line, "CPU " + std::to_string(*task->cpu));
        report = stream.nested.get();
    } else if (report->event.kind == CrashKind::hung_task || stream.nested) {
        auto rest = text;
        eat_blanks(rest);
        if (rest.starts_with("task:") && (report->task_only || stream.nested) &&
            !report->event.frames.empty()) {
            open_nested(stream, line, std::string(rest.substr(0, 60)));
            report = stream.nested.get();
        }
    }
    if (report->take(text, line.number)) {
        report->quiet = 0;
        report->event.last_line = std::max(report->event.last_line, line.last_number);
    } else if (++report->quiet > kQuietLimit) {
        close(stream);
    }
}

void Reports::open(Stream& stream, const Logical& line, Headline headline) {
    close(stream);
    stream.report = std::make_unique<Report>();
    auto& report = *stream.report;
    report.opened_by = headline.role;
    report.event.kind = headline.kind;
    report.event.first_line = line.number;
    report.event.last_line = line.last_number;
    report.event.time_s = line.time_s;
    report.event.boot = boot_;
    if (headline.role != Role::cut) report.event.message = line.text;
}

void Reports::open_nested(Stream& stream, const Logical& line, std::string title) {
    close_nested(stream);
    stream.nested = std::make_unique<Report>();
    stream.nested->opened_by = Role::nmi;
    stream.nested->nested_title = std::move(title);
    stream.nested->event.kind = CrashKind::rcu_stall;  // sampled, like the reports it belongs to
    stream.nested->event.first_line = stream.nested->event.last_line = line.number;
    stream.nested->event.boot = boot_;
}

void Reports::headline(Stream& stream, const Logical& line) {
    auto head = *line.headline;
    auto* report = stream.report.get();
    auto text = std::string_view(line.text);
    eat_blanks(text);
    bool fresh = report && !report->has_body() && !report->ended && !stream.nested &&
                 report->opened_by != Role::other && report->opened_by != Role::panic;
    switch (head.role) {
        case Role::boot:
            for (auto& each : streams_) close(*each);
            ++boot_;
            newest_s_.reset();
            return;
        case Role::nmi:
            if (text.starts_with("Sending")) return;
            if (!report) open(stream, line, {Role::other, CrashKind::none});
            open_nested(stream, line, line.text.substr(0, 60));
            if (auto cpu = after(text, "for cpu "))
                if (auto value = eat_number(*cpu); value && *value < 65536)
                    stream.nested->event.cpu = static_cast<unsigned>(*value);
            return;
        case Role::cut:
            if (fresh && report->event.kind != CrashKind::none)
                return;  // "list_add corruption" came first
            open(stream, line, head);
            return;
        case Role::end:
            if (contains(text, "Kernel panic")) return;
            if (report) {
                close_nested(stream);
                report->ended = true;
                report->event.last_line = line.last_number;
            }
            return;
        case Role::panic:
            if (contains(text, "end Kernel panic")) return;
            open(stream, line, head);
            return;
        case Role::headless:
            open(stream, line, head);
            stream.report->event.message.clear();
            stream.report->event.complete = false;
            stream.report->event.corrupted = "the log starts inside the report";
            if (contains(text, "hung_task_timeout_secs") || text.starts_with("task:"))
                stream.report->event.kind = CrashKind::hung_task;
            stream.report->take(line.text, line.number);
            return;
        case Role::other:
            if (report && head.kind == CrashKind::not_kernel) return;
            open(stream, line, head);
            return;
        case Role::subject:
        case Role::detail:
        case Role::die:
            break;
    }
    bool merges = false;
    if (fresh) {
        auto have = report->event.kind;
        if (have == CrashKind::none)
            merges = report->opened_by != Role::headless || head.role == Role::die;
        else if (head.role == Role::die)
            merges = !report->died;
        else if (head.role == Role::detail)
            merges = !report->died && !sampled(have) && have != CrashKind::hung_task;
        else
            merges = have == head.kind && have != CrashKind::hung_task && !sampled(have);
        bool sanitizer_again = have == CrashKind::kasan && head.kind == CrashKind::kasan;
        merges = merges || sanitizer_again;
        // a wrong address is described in two or three lines on powerpc and s390
        bool addresses =
            (have == CrashKind::null_deref || have == CrashKind::paging_request) &&
            (head.kind == CrashKind::null_deref || head.kind == CrashKind::paging_request) &&
            head.role != Role::detail && !report->died;
        if (addresses) {
            merges = true;
            if (head.kind == CrashKind::null_deref) report->event.kind = head.kind;
        }
        if (have == CrashKind::sysrq) merges = true;
    } else if (report && head.role == Role::die && !report->died && !report->ended &&
               !stream.nested && report->event.frames.empty() &&
               (report->opened_by == Role::subject || report->opened_by == Role::headless) &&
               !sampled(report->event.kind)) {
        merges = true;  // registers or modules were printed between the two lines
    }
    if (!merges) {
        open(stream, line, head);
        report = stream.report.get();
    }
    auto& event = report->event;
    if (event.kind == CrashKind::none) event.kind = head.kind;
    if (event.message.empty()) event.message = line.text;
    if (!event.time_s) event.time_s = line.time_s;
    event.last_line = std::max(event.last_line, line.last_number);
    if (head.role == Role::die) {
        report->died = true;
        if (report->opened_by == Role::cut || report->opened_by == Role::detail)
            report->opened_by = Role::subject;
        if (contains(text, "ARM") && text.starts_with("Internal error") && !event.arch &&
            contains(text, " ARM"))
            event.arch = Arch::arm;
        if (contains(text, "ilc:")) event.arch = Arch::s390x;
    }
    if (report->opened_by == Role::cut && head.role != Role::cut) report->opened_by = head.role;
    read_headline(text, head, event, report->stalled_cpus);
}

// The stall or lockup event that a stack of another CPU belongs to.
Event* Reports::stall_for(const Report& nested) {
    auto wants = [](const Event& e) { return sampled(e.kind) || e.kind == CrashKind::hung_task; };
    Event* newest = nullptr;
    for (auto& stream : streams_)
        if (stream->report && wants(stream->report->event) &&
            stream->report->event.first_line <= nested.event.first_line &&
            (!newest || stream->report->event.first_line > newest->first_line))
            newest = &stream->report->event;
    if (newest) return newest;
    for (auto it = out_.events.rbegin(); it != out_.events.rend() && it - out_.events.rbegin() < 4;
         ++it)
        if (wants(*it) && it->boot == nested.event.boot) return &*it;
    return nullptr;
}

void Reports::close_nested(Stream& stream) {
    if (!stream.nested) return;
    auto nested = std::move(stream.nested);
    settle(*nested);
    auto& context = nested->event;
    Report* own = stream.report.get();
    auto* target = own && own->opened_by != Role::other ? &own->event : stall_for(*nested);
    if (!target || (context.frames.empty() && !context.top)) return;
    target->last_line = std::max(target->last_line, context.last_line);
    if (!target->arch || *target->arch == Arch::ppc64)
        target->arch = context.arch ? context.arch : target->arch;
    Report* stall = nullptr;
    for (auto& each : streams_)
        if (each->report && &each->report->event == target) stall = each->report.get();
    bool bare = target->frames.empty() && !target->top;
    bool about = stall && stall->stalled_cpus.empty() && !stall->stalled_pid;
    if (stall && context.cpu &&
        std::find(stall->stalled_cpus.begin(), stall->stalled_cpus.end(), *context.cpu) !=
            stall->stalled_cpus.end())
        about = true;
    if (target->cpu && context.cpu) about = *target->cpu == *context.cpu;
    if (bare && about && sampled(target->kind)) {  // this is the stack the stall is about
        target->cpu = context.cpu ? context.cpu : target->cpu;
        target->pid = context.pid ? context.pid : target->pid;
        target->comm = context.comm ? context.comm : target->comm;
        if (!target->release) target->release = context.release;
        if (!target->version) target->version = context.version;
        if (!target->taint) target->taint = context.taint;
        if (!target->arch) target->arch = context.arch;
        if (!target->workqueue) target->workqueue = context.workqueue;
        if (!target->hardware) target->hardware = context.hardware;
        target->top = context.top;
        target->frames = std::move(context.frames);
        target->blamed = context.blamed;
        target->registers = std::move(context.registers);
        target->code = std::move(context.code);
        return;
    }
    if (target->other_stacks.size() >= 512) return;
    SubStack stack;
    stack.title = nested->nested_title;
    stack.frames = std::move(context.frames);
    stack.cpu = context.cpu;
    stack.pid = context.pid;
    stack.comm = context.comm;
    stack.top = context.top;
    stack.log_line = context.first_line;
    target->other_stacks.push_back(std::move(stack));
}

// Stacks that other CPUs printed on their own (with caller ids) join the stall that asked for them.
void Reports::close_orphans() {
    for (auto& stream : streams_) {
        if (!stream->report || stream->report->opened_by != Role::other || !stream->nested)
            continue;
        if (stream->pending && !stream->pending->headline) process(*stream);
        close_nested(*stream);
    }
}

void Reports::close(Stream& stream) {
    if (!stream.report) return;
    if (sampled(stream.report->event.kind)) close_orphans();
    close_nested(stream);
    auto report = std::move(stream.report);
    if (report->opened_by == Role::other) return;
    auto& event = report->event;
    if (event.kind == CrashKind::none && !report->has_body()) return;
    if (report->opened_by == Role::headless && event.frames.empty() && !event.top) return;
    if (event.kind == CrashKind::rcu_stall && event.frames.empty() && !event.top) {
        // none of the stacks was the stalled CPU's: the first that was not idle
        for (auto& stack : event.other_stacks) {
            if (stack.comm && stack.comm->starts_with("swapper")) continue;
            event.frames = stack.frames;
            event.top = stack.top;
            event.cpu = stack.cpu;
            event.pid = stack.pid;
            event.comm = stack.comm;
            break;
        }
    }
    settle(*report);
    // a stack that some driver printed, not the rest of a report
    if (report->opened_by == Role::headless && event.kind == CrashKind::none &&
        printed_by_dump_stack(event))
        return;
    if (out_.events.size() >= kMaxEvents)  // keep the first and the newest
        out_.events.erase(out_.events.begin() + kMaxEvents / 2,
                          out_.events.begin() + kMaxEvents * 3 / 4);
    out_.events.push_back(std::move(event));
}

}  // namespace nfstriage::log
