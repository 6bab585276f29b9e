#include "input_options.h"

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <spdlog/spdlog.h>

#include "command.h"
#include "inputs.h"
#include "profile_cache.h"

namespace nfstriage::command {
namespace {

class Writer {
public:
    explicit Writer(const InputOptions& options) : options_(options) {}

    // False if it could not be written.
    bool add(std::string text) {
        if (any_ && !options_.as_json())
            text = "\n" + std::string(options_.text().width, '=') + "\n\n" + text;
        any_ = true;
        return write(text);
    }

    bool add(const std::string& name, const Error& error) {
        if (options_.as_json()) return write(report::error_to_json(name, error, options_.json()));
        spdlog::error("{}", to_string(error));
        return true;
    }

private:
    bool write(const std::string& text) {
        if (!options_.output.empty()) return save(text);
        std::fwrite(text.data(), 1, text.size(), stdout);
        return std::fflush(stdout) == 0;
    }

    bool save(const std::string& text) {
        std::ofstream file(options_.output, saved_ ? std::ios::app : std::ios::trunc);
        saved_ = true;
        file << text;
        file.close();
        if (!file)
            spdlog::error("{}: cannot be written; check the path and the free space",
                          options_.output);
        return file.good();
    }

    const InputOptions& options_;
    bool any_ = false, saved_ = false;
};

}  // namespace

void InputOptions::add_inputs(CLI::App& app) {
    app.add_option("INPUT", inputs,
                   "Dump (kdump-compressed, flattened, split, ELF, /proc/vmcore), directory with "
                   "one, console log, or - for a log on standard input")
        ->required();
    app.add_option("--format", format, "What to print (default: text)")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_option("-o,--output", output, "Write there instead of standard output")
        ->type_name("FILE");
    app.add_option("--color", colour, "When to colour text (default: auto)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
}

void InputOptions::add_reading(CLI::App& app) {
    app.add_option("--debuginfo", debuginfo,
                   "Debuginfo of the crashed kernel: vmlinux, directory tree, .rpm, .deb or tar. "
                   "A profile is made of it and kept for the next time")
        ->type_name("PATH")
        ->allow_extra_args(false);
    app.add_flag("--debuginfod", debuginfod,
                 "Ask the servers of DEBUGINFOD_URLS for the debuginfo");
    app.add_option("--profile", profile, "Kernel profile to use, and no other")->type_name("FILE");
    app.add_flag("--libkdumpfile", force_library,
                 "Read dumps through libkdumpfile instead of the native reader");
    app.add_option("--max-unpacked", max_unpacked,
                   "Bytes a packed input may unpack to (default: 64 GiB)")
        ->transform(CLI::AsSizeValue(false));
}

TriageOptions InputOptions::reading() const {
    TriageOptions reading;
    reading.force_library = force_library;
    reading.profiles.file = profile;
    reading.profiles.folders = profile_folders();
    if (debuginfo.empty() && !debuginfod) return reading;
    MakeProfile request;
    request.sources = {debuginfo.begin(), debuginfo.end()};
    request.debuginfod = debuginfod;
    request.limits.kept = max_unpacked;
    reading.text_sources = request.sources;
    reading.profiles.make = cache_filler(std::move(request));
    return reading;
}

report::JsonOptions InputOptions::json() const {
    report::JsonOptions json;
    json.indent = inputs.size() > 1 ? -1 : 2;
    return json;
}

report::TextOptions InputOptions::text() const {
    report::TextOptions text;
    bool to_terminal = output.empty() && isatty(STDOUT_FILENO) != 0;
    text.colour = colour == "always" || (colour == "auto" && to_terminal);
    return text;
}

int render_all(const InputOptions& options, const Renderer& renderer) {
    Writer writer(options);
    int status = Exit::done;
    auto finish = [&](const std::string& name, Result<std::string> text) {
        if (!text) status = Exit::unreadable;
        bool written = text ? writer.add(std::move(*text)) : writer.add(name, text.error());
        if (!written && status == Exit::done) status = Exit::check_failed;
    };
    std::vector<std::string> files;
    for (const std::string& name : options.inputs) {
        if (name != "-") {
            files.push_back(name);
            continue;
        }
        std::string text{std::istreambuf_iterator<char>(std::cin), {}};
        finish("-", renderer.of_log(std::move(text)));
    }
    for (const NamedInput& named : gather_inputs(files, options.max_unpacked)) {
        if (named.input)
            finish(named.name, renderer.of_input(*named.input));
        else
            finish(named.name, tl::unexpected<Error>(named.input.error()));
    }
    return status;
}

}  // namespace nfstriage::command
