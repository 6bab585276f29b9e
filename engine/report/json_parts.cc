#include "report/json_parts.h"

#include "base/text.h"

namespace nfstriage::report {
namespace {

ordered_json argument_json(const Argument& argument) {
    ordered_json json = object();
    json["index"] = argument.index;
    put(json, "name", std::string_view(argument.name));
    put(json, "type", std::string_view(argument.type));
    put_hex(json, "value", argument.value);
    if (argument.value) {
        json["how"] = texts(argument.how);
        json["trust"] = std::string(to_string(argument.trust));
    }
    put(json, "doubt", std::string_view(argument.doubt));
    return json;
}

ordered_json frame_json(const Frame& frame) {
    ordered_json json = object();
    put(json, "function", std::string_view(frame.function));
    put_number(json, "offset", frame.offset);
    put_number(json, "size", frame.size);
    put(json, "module", std::string_view(frame.module));
    put_hex(json, "address", frame.address);
    json["trust"] = std::string(to_string(frame.trust));
    json["inlined"] = frame.inlined;
    put(json, "file", std::string_view(frame.file));
    put_number(json, "line", frame.line);
    if (!frame.arguments.empty()) json["arguments"] = ordered_json::array();
    for (const Argument& argument : frame.arguments)
        json["arguments"].push_back(argument_json(argument));
    return json;
}

}  // namespace

void put(ordered_json& object, const char* key, std::string_view text) {
    if (!text.empty()) object[key] = escape(text);
}
void put(ordered_json& object, const char* key, const std::optional<std::string>& text) {
    if (text) object[key] = escape(*text);
}
void put_hex(ordered_json& object, const char* key, const std::optional<std::uint64_t>& number) {
    if (number) object[key] = hex(*number);
}
void put_object(ordered_json& object, const char* key, ordered_json value) {
    if (!value.empty()) object[key] = std::move(value);
}

ordered_json texts(const std::vector<std::string>& values) {
    ordered_json array = ordered_json::array();
    for (const std::string& value : values) array.push_back(escape(value));
    return array;
}

ordered_json input_json(const facts::Input& input) {
    ordered_json json = object();
    json["kind"] = input.is_dump ? "vmcore" : input.is_kernel ? "kernel" : "log";
    put(json, "path", std::string_view(input.path));
    put(json, "format", std::string_view(input.format));
    json["complete"] = input.complete;
    json["missing"] = texts(input.missing);
    return json;
}

ordered_json kernel_json(const facts::Kernel& kernel, bool has_layout) {
    ordered_json json = object();
    put(json, "release", kernel.release);
    put(json, "version", kernel.version);
    if (kernel.arch) json["arch"] = std::string(to_string(*kernel.arch));
    put_number(json, "page_size", kernel.page_size);
    put(json, "build_id", kernel.build_id);
    put_hex(json, "kaslr_offset", kernel.kaslr_offset);
    put_number(json, "hz", kernel.hz);
    put(json, "vendor", kernel.vendor);
    if (has_layout) {
        json["layout"] = object();
        json["layout"]["types"] = texts(kernel.layout.types);
        json["layout"]["symbols"] = texts(kernel.layout.symbols);
        json["layout"]["source_lines"] = texts(kernel.layout.source_lines);
        put(json["layout"], "profile_matched_by", std::string_view(kernel.layout.profile_ground));
    }
    put(json, "taint", kernel.taint);
    put_number(json, "uptime_s", kernel.uptime_s);
    json["live_patches"] = texts(kernel.live_patches);
    json["out_of_tree_modules"] = texts(kernel.out_of_tree_modules);
    return json;
}

ordered_json task_json(const facts::Task& task) {
    ordered_json json = object();
    put_number(json, "pid", task.pid);
    put(json, "comm", task.comm);
    if (task.address) json["address"] = hex(*task.address);
    put(json, "state", std::string_view(task.state));
    return json;
}

ordered_json signature_json(const verdict::Signature& signature) {
    ordered_json json = object();
    json["id"] = signature.id;
    json["version"] = signature.version;
    json["text"] = escape(signature.text);
    json["alternates"] = texts(signature.alternates);
    return json;
}

ordered_json stacks_json(const std::vector<facts::Stack>& stacks) {
    ordered_json array = ordered_json::array();
    for (const facts::Stack& stack : stacks) {
        ordered_json json = object();
        json["role"] = std::string(facts::to_string(stack.role));
        put_number(json, "cpu", stack.cpu);
        put_object(json, "task", task_json(stack.task));
        json["complete"] = stack.complete;
        json["frames"] = ordered_json::array();
        for (const Frame& frame : stack.frames) json["frames"].push_back(frame_json(frame));
        array.push_back(std::move(json));
    }
    return array;
}

}  // namespace nfstriage::report
