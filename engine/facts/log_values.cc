#include "facts/log_values.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "facts/frame_values.h"
#include "facts/make_value.h"
#include "log/notice.h"
#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

using namespace make;
using Source = Provenance::Source;

class LogReader {
public:
    explicit LogReader(const Scene& scene) : scene_(scene) {}

    Value read(std::string_view member) const {
        const log::ConsoleLog& log = scene_.log;
        Unknown cut{Reason::not_in_log, "the log does not reach back to the boot, or is cut"};
        Provenance from{Source::log, {}, {}, {}, {}};
        LogReader reader = *this;
        if (member == "events") {
            // Reports of other boots in the same file are no part of this crash.
            auto indices = std::make_shared<std::vector<std::size_t>>();
            for (std::size_t i = 0; i < log.events.size(); ++i)
                if (!log.crash || *log.crash >= log.events.size() ||
                    log.events[i].boot == log.events[*log.crash].boot)
                    indices->push_back(i);
            return list_of(
                record_type("event"), indices->size(),
                [reader, indices](std::size_t i) { return reader.event((*indices)[i]); },
                scene_.log_complete, cut, Trust::log, from);
        }
        if (member == "notices")
            return list_of(
                record_type("notice"), log.notices.size(),
                [reader](std::size_t i) { return reader.notice(i); }, scene_.log_complete, cut,
                Trust::log, from);
        if (member == "servers") {
            auto last = std::make_shared<std::vector<const log::Notice*>>(last_words());
            return list_of(
                record_type("server"), last->size(),
                [reader, last](std::size_t i) { return reader.server(*(*last)[i]); },
                scene_.log_complete, cut, Trust::log, from);
        }
        if (member == "lines")
            return list_of(
                record_type("line"), log.text.size(),
                [reader](std::size_t i) { return reader.line(i); },
                scene_.log_complete && log.text_complete, cut, Trust::log, from);
        return no_member("log", member);
    }

private:
    // Records refer to the scene only: they outlive this reader.
    Value event(std::size_t index) const {
        const log::Event* event = &scene_.log.events[index];
        Provenance from = at_line(event->first_line);
        LogReader reader = *this;
        auto get = [reader, event, from](std::string_view member) {
            return reader.event_member(*event, member, from);
        };
        return record_of("event", get, event->message, Trust::log, from);
    }

    Value event_member(const log::Event& event, std::string_view member, Provenance from) const {
        auto number = [&](const auto& value, const char* what) {
            return value ? Value(Integer::of(static_cast<std::int64_t>(*value)), Trust::log, from)
                         : missing(scene_, what);
        };
        if (member == "kind")
            return text(std::string(nfstriage::to_string(event.kind)), Trust::log, from);
        if (member == "message") return text(event.message, Trust::log, from);
        if (member == "comm")
            return string_or(scene_, event.comm, "comm of the report", Trust::log, from);
        if (member == "complete")
            return true_or(scene_, event.complete, "the rest of the report", Trust::log, from);
        if (member == "cpu") return number(event.cpu, "CPU of the report");
        if (member == "pid") return number(event.pid, "pid of the report");
        if (member == "line") return integer(event.first_line, Trust::log, from);
        if (member == "order") return line_order(scene_, event.first_line);
        if (member == "time_s") return seconds(event.time_s, Trust::log, from);
        if (member == "fault_address")
            return event.fault_address ? Value(Value::Data(*event.fault_address), Trust::log, from)
                                       : missing(scene_, "fault address of the report");
        if (member == "registers")
            return registers_value(event.registers, event.first_line, Reason::not_in_log);
        if (member == "function")
            return event.top && !event.top->function.empty()
                       ? text(std::string(without_suffix(event.top->function)), event.top->trust,
                              of_frame(*event.top))
                       : missing(scene_, "function of the report");
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
        LogReader reader = *this;
        auto get = [reader, notice, from](std::string_view member) {
            if (member == "kind")
                return text(std::string(log::to_string(notice->kind)), Trust::log, from);
            if (member == "text") return text(notice->text, Trust::log, from);
            if (member == "subject") return text(notice->subject, Trust::log, from);
            if (member == "line") return integer(notice->log_line, Trust::log, from);
            if (member == "order") return line_order(reader.scene_, notice->log_line);
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
        LogReader reader = *this;
        const log::Notice* notice = &last;
        auto get = [reader, notice, from](std::string_view member) {
            if (member == "name") return text(notice->subject, Trust::log, from);
            if (member == "silent")
                return boolean(notice->kind == log::Notice::Kind::server_not_responding, Trust::log,
                               from);
            if (member == "line") return integer(notice->log_line, Trust::log, from);
            if (member == "order") return line_order(reader.scene_, notice->log_line);
            return no_member("server", member);
        };
        return record_of("server", get, last.subject, Trust::log, from);
    }

    Value line(std::size_t index) const {
        const log::Line* line = &scene_.log.text[index];
        Provenance from = at_line(line->number);
        auto get = [line, from](std::string_view member) {
            if (member == "text") return text(std::string(line->text), Trust::log, from);
            if (member == "number") return integer(line->number, Trust::log, from);
            return no_member("line", member);
        };
        return record_of("line", get, std::string(line->text), Trust::log, from);
    }

    const Scene& scene_;
};

}  // namespace

Value log_value(const Scene& scene, std::string_view member) {
    return LogReader(scene).read(member);
}

Value line_order(const Scene& scene, std::optional<unsigned> line) {
    if (!line) return missing(scene, "log line");
    unsigned place =
        scene.log.reversed ? scene.log.lines + 1 - std::min(*line, scene.log.lines) : *line;
    return integer(place, Trust::log, at_line(line));
}

}  // namespace nfstriage::facts
