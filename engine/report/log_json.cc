// The log and its reports as JSON (engine/report/log.schema.json).
#include "base/text.h"
#include "log/notice.h"
#include "report/json_stream.h"
#include "report/look.h"

namespace nfstriage::report {
namespace {

ordered_json line_json(const facts::LogLine& line) {
    ordered_json json = object();
    json["line"] = line.number;
    put_number(json, "sequence", line.sequence);
    put_number(json, "time_ns", line.time_ns);
    if (line.level) json["level"] = facts::level_name(*line.level);
    if (line.facility) json["facility"] = facts::facility_name(*line.facility);
    put(json, "caller", std::string_view(line.caller));
    json["text"] = escape(line.text);
    return json;
}

ordered_json event_json(const log::ConsoleLog& log, std::size_t index) {
    const log::Event& event = log.events[index];
    ordered_json json = object();
    json["kind"] = std::string(to_string(event.kind));
    put(json, "message", std::string_view(event.message));
    json["first_line"] = event.first_line;
    json["last_line"] = event.last_line;
    put_number(json, "time_s", event.time_s);
    put_number(json, "cpu", event.cpu);
    put_number(json, "pid", event.pid);
    put(json, "comm", event.comm);
    if (event.top) {
        put(json, "function", std::string_view(event.top->function));
        put(json, "module", std::string_view(event.top->module));
    }
    json["fatal"] = event.fatal;
    json["complete"] = event.complete;
    put(json, "corrupted", std::string_view(event.corrupted));
    ordered_json roles = ordered_json::array();
    if (log.crash == index) roles.push_back("crash");
    if (log.panic == index) roles.push_back("panic");
    if (log.first_error == index) roles.push_back("first_error");
    json["roles"] = std::move(roles);
    return json;
}

ordered_json notice_json(const log::Notice& notice) {
    ordered_json json = object();
    json["kind"] = log::to_string(notice.kind);
    json["text"] = escape(notice.text);
    put(json, "subject", std::string_view(notice.subject));
    json["line"] = notice.log_line;
    put_number(json, "time_s", notice.time_s);
    return json;
}

void write_gaps(JsonStream& writer, const facts::LogAnswer& log) {
    if (log.gaps.empty()) return;
    ordered_json gaps = ordered_json::array();
    for (const facts::LogGap& gap : log.gaps) {
        ordered_json json = object();
        json["before"] = gap.before;
        put_number(json, "from_ns", gap.from_ns);
        put_number(json, "to_ns", gap.to_ns);
        gaps.push_back(std::move(json));
    }
    writer.member("gaps", gaps);
}

}  // namespace

void log_to_json(const facts::LogAnswer& log, const LogView& view, const JsonOptions& options,
                 const std::function<void(std::string_view piece)>& put) {
    JsonStream writer(options.indent, put);
    writer.open('{');
    writer.member("schema_version", kSchemaVersion);
    writer.member("input", input_json(log.opened.input));
    writer.member("kernel", kernel_json(log.opened.kernel, false));
    writer.key("log");
    writer.open('{');
    writer.member("count", log.total);
    writer.member("complete", log.complete);
    if (!log.why.empty()) writer.member("why", escape(log.why));
    if (view.events) {
        ordered_json events = ordered_json::array(), notices = ordered_json::array();
        for (std::size_t i = 0; i < log.reports.events.size(); ++i)
            events.push_back(event_json(log.reports, i));
        for (const log::Notice& notice : log.reports.notices)
            notices.push_back(notice_json(notice));
        writer.member("events", events);
        writer.member("notices", notices);
    } else {
        write_gaps(writer, log);
        writer.key("lines");
        writer.open('[');
        for (const facts::LogLine& line : log.lines) writer.element(line_json(line));
        writer.close(']');
    }
    writer.close('}');
    writer.close('}');
    writer.finish();
}

}  // namespace nfstriage::report
