#include "report/json.h"

#include <cmath>

#include "base/text.h"
#include "report/json_parts.h"
#include "report/record_json.h"
#include "report/summary_json.h"

namespace nfstriage::report {
namespace {

namespace kn = nfstriage::knowledge;
namespace vd = nfstriage::verdict;

// printk stamps have microseconds; what parsing left below that is no information.
std::optional<double> microseconds_kept(std::optional<double> seconds) {
    if (!seconds) return seconds;
    return std::round(*seconds * 1e6) / 1e6;
}

ordered_json registers_json(const Registers& registers) {
    ordered_json json = object();
    for (const auto& [name, value] : registers.values) json[escape(name)] = hex(value);
    return json;
}

ordered_json first_error_json(const facts::Crash& error) {
    ordered_json json = object();
    json["kind"] = std::string(to_string(error.kind));
    put(json, "message", std::string_view(error.message));
    if (error.top) put(json, "function", without_suffix(error.top->function));
    put_object(json, "task", task_json(error.task));
    put_number(json, "line", error.log_line);
    if (!error.log_line && error.top) put_hex(json, "address", error.top->address);
    return json;
}

ordered_json fault_json(const facts::Fault& fault) {
    ordered_json json = object();
    put_hex(json, "address", fault.address);
    put(json, "access", fault.access);
    put_number(json, "size", fault.size);
    put(json, "instruction", std::string_view(fault.instruction));
    put(json, "operand", std::string_view(fault.operand));
    put(json, "expression", std::string_view(fault.expression));
    put(json, "object", std::string_view(fault.object));
    put(json, "type", std::string_view(fault.type));
    put(json, "member", std::string_view(fault.member));
    put(json, "origin", std::string_view(fault.origin));
    put_hex(json, "pointer", fault.pointer);
    put(json, "pointer_kind", std::string_view(fault.pointer_kind));
    put(json, "pointer_is", std::string_view(fault.pointer_words));
    put(json, "sentence", std::string_view(fault.sentence));
    return json;
}

ordered_json call_target_json(const facts::CallTarget& target) {
    ordered_json json = object();
    put(json, "through", std::string_view(target.through));
    put(json, "expression", std::string_view(target.expression));
    json["address"] = hex(target.address);
    put(json, "function", std::string_view(target.function));
    put(json, "module", std::string_view(target.module));
    if (!target.function.empty()) json["offset"] = target.offset;
    json["has_happened"] = target.has_happened;
    return json;
}

ordered_json crash_json(const vd::Verdict& verdict) {
    ordered_json json = object();
    if (!verdict.crash) {
        json["kind"] = std::string(to_string(CrashKind::none));
        return json;
    }
    const facts::Crash& crash = *verdict.crash;
    json["kind"] = std::string(to_string(crash.kind));
    put(json, "message", std::string_view(crash.message));
    put_number(json, "time", microseconds_kept(crash.time_s));
    put_number(json, "cpu", crash.cpu);
    put_object(json, "task", task_json(crash.task));
    if (crash.top) {
        put(json, "function", std::string_view(crash.top->function));
        put_number(json, "offset", crash.top->offset);
        put(json, "module", std::string_view(crash.top->module));
    }
    put_object(json, "registers", registers_json(crash.registers));
    put_object(json, "fault", fault_json(crash.fault));
    if (crash.call_target) json["call_target"] = call_target_json(*crash.call_target);
    if (verdict.first_error) json["first_error"] = first_error_json(*verdict.first_error);
    return json;
}

ordered_json host_json(const vd::Verdict& verdict) {
    ordered_json json = object();
    put(json, "name", verdict.host.name);
    put_number(json, "crash_time_s", verdict.host.crash_time_s);
    if (!verdict.servers.empty()) json["servers"] = texts(verdict.servers);
    return json;
}

ordered_json panic_json(const facts::Panic& panic) {
    ordered_json json = object();
    put_number(json, "cpu", panic.cpu);
    put_object(json, "task", task_json(panic.task));
    put(json, "reason", std::string_view(panic.reason));
    put_object(json, "registers", registers_json(panic.registers));
    return json;
}

ordered_json culprit_json(const facts::Culprit& culprit) {
    ordered_json json = object();
    put(json, "function", std::string_view(culprit.function));
    put(json, "module", std::string_view(culprit.module));
    json["component"] = std::string(nfs::to_string(culprit.component));
    put(json, "first_nfs_function", std::string_view(culprit.first_nfs_function));
    return json;
}

ordered_json evidence_json(const rules::Evidence& evidence) {
    ordered_json json = object();
    json["clause"] = escape(evidence.clause);
    put(json, "text", std::string_view(evidence.text));
    json["role"] = std::string(rules::to_string(evidence.role));
    json["result"] = std::string(to_string(evidence.result));
    json["operands"] = ordered_json::array();
    for (const rules::Operand& operand : evidence.operands) {
        ordered_json item = object();
        item["name"] = escape(operand.name);
        item["value"] = escape(operand.value);
        item["provenance"] = escape(operand.provenance);
        item["trust"] = std::string(to_string(operand.trust));
        json["operands"].push_back(std::move(item));
    }
    json["missing"] = ordered_json::array();
    for (const Unknown& missing : evidence.missing)
        json["missing"].push_back(escape(to_string(missing)));
    return json;
}

ordered_json diagnosis_json(const vd::Diagnosis& diagnosis) {
    ordered_json json = object();
    json["rank"] = diagnosis.rank;
    json["status"] = std::string(vd::to_string(diagnosis.status));
    json["confidence"] = std::string(vd::to_string(diagnosis.confidence));
    put(json, "rule", std::string_view(diagnosis.rule));
    json["title"] = escape(diagnosis.title);
    put(json, "explanation", std::string_view(diagnosis.explanation));
    json["evidence"] = ordered_json::array();
    for (const auto& evidence : diagnosis.evidence)
        json["evidence"].push_back(evidence_json(evidence));
    json["records"] = ordered_json::array();
    for (const auto& record : diagnosis.records) json["records"].push_back(record_json(record));
    json["next_steps"] = ordered_json::array();
    for (const kn::Step& step : diagnosis.next_steps) {
        ordered_json item = object();
        item["what"] = escape(step.what);
        put(item, "command", std::string_view(step.command));
        json["next_steps"].push_back(std::move(item));
    }
    return json;
}

ordered_json near_misses_json(const std::vector<vd::NearMiss>& misses) {
    ordered_json array = ordered_json::array();
    for (const vd::NearMiss& miss : misses) {
        ordered_json json = object();
        json["rule"] = escape(miss.rule);
        json["failed_clause"] = escape(miss.failed_clause);
        json["result"] = std::string(to_string(miss.result));
        array.push_back(std::move(json));
    }
    return array;
}

ordered_json limits_json(const vd::Limits& limits) {
    ordered_json json = object();
    json["deadline_hit"] = limits.deadline_hit;
    json["budget_hit"] = limits.budget_hit;
    json["walks_truncated"] = texts(limits.walks_truncated);
    json["rules_not_loaded"] = texts(limits.rules_not_loaded);
    return json;
}

ordered_json statistics_json(const vd::Statistics& statistics) {
    ordered_json json = object();
    put_number(json, "pages_read", statistics.pages_read);
    put_number(json, "bytes_read", statistics.bytes_read);
    put_number(json, "cpu_ms", statistics.cpu_ms);
    put_number(json, "peak_rss_bytes", statistics.peak_rss_bytes);
    return json;
}

}  // namespace

std::string to_json(const vd::Verdict& verdict, const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(verdict.input);
    json["kernel"] = kernel_json(verdict.kernel, verdict.input.is_dump);
    json["kernel"]["modules_of_interest"] = texts(verdict.modules_of_interest);
    put_object(json, "host", host_json(verdict));
    json["crash"] = crash_json(verdict);
    if (verdict.panic) json["panic"] = panic_json(*verdict.panic);
    json["culprit"] = culprit_json(verdict.culprit);
    json["stacks"] = stacks_json(verdict.stacks);
    if (verdict.nfs) json["nfs"] = summary_json(*verdict.nfs);
    if (verdict.signature) json["signature"] = signature_json(*verdict.signature);
    json["verdicts"] = ordered_json::array();
    for (const auto& diagnosis : verdict.verdicts)
        json["verdicts"].push_back(diagnosis_json(diagnosis));
    json["near_misses"] = near_misses_json(verdict.near_misses);
    json["limits"] = limits_json(verdict.limits);
    if (!options.stable) put_object(json, "statistics", statistics_json(verdict.statistics));
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

std::string error_to_json(std::string_view path, const Error& error, const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = object();
    put(json["input"], "path", path);
    ordered_json body = object();
    body["file"] = escape(error.file);
    put_number(body, "offset", error.offset);
    body["expected"] = escape(error.expected);
    body["remedy"] = escape(error.remedy);
    json["error"] = std::move(body);
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

}  // namespace nfstriage::report
