#include "input_options.h"

#include <unistd.h>
#include <cstdio>
#include <fstream>

#include <spdlog/spdlog.h>

#include "command.h"
#include "confinement.h"
#include "inputs.h"
#include "profile_cache.h"
#include "profile_service.h"
#include "redaction.h"
#include "sandbox_option.h"

namespace nfstriage::command {
namespace {

// Writes pieces as they come: the state of a large dump is not held as one text.
class Writer {
public:
    // `redacting`: null where names stay.
    Writer(const InputOptions& options, bool separated, const Redacting* redacting)
        : options_(options), redacting_(redacting), separated_(separated && !options.as_json()) {}

    void begin() { at_start_ = true; }
    void put(std::string_view piece) {
        if (at_start_ && any_ && separated_)
            write("\n" + std::string(options_.text().width, '=') + "\n\n");
        at_start_ = false;
        any_ = true;
        write(piece);
    }
    void put(const std::string& name, const Error& error) {
        if (!options_.as_json())
            spdlog::error("{}", to_string(error));
        else if (redacting_ == nullptr)
            write(report::error_to_json(name, error, options_.json()));
        else
            write(report::error_to_json(redacting_->name(name), redacting_->error(error),
                                        options_.json()));
    }

    // What was put so far is where it belongs; false if it could not be written.
    bool finish() {
        if (options_.output.empty()) return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
        if (file_.is_open()) file_.flush();
        if (!file_)
            spdlog::error("{}: cannot be written; check the path and the free space",
                          options_.output);
        return file_.good();
    }

private:
    void write(std::string_view piece) {
        if (options_.output.empty()) {
            std::fwrite(piece.data(), 1, piece.size(), stdout);
            return;
        }
        if (!file_.is_open() && file_) file_.open(options_.output, std::ios::trunc);
        file_ << piece;
    }

    const InputOptions& options_;
    const Redacting* redacting_;
    std::ofstream file_;
    bool separated_, any_ = false, at_start_ = true;
};

int render_inputs(const InputOptions& options, const Renderer& renderer, const Redacting* redacting,
                  const TriageOptions& reading) {
    Catalogue own;
    if (redacting != nullptr && renderer.catalogue == nullptr)
        if (auto built_in = Catalogue::built_in()) own = std::move(*built_in);
    const Catalogue& rules = renderer.catalogue == nullptr ? own : *renderer.catalogue;

    Writer writer(options, renderer.separated, redacting);
    int status = Exit::done;
    auto render = [&](const std::string& name, const auto& input, const auto& how) {
        writer.begin();
        Result<void> rendered = how(input, [&](std::string_view piece) { writer.put(piece); });
        if (!rendered) {
            status = Exit::unreadable;
            writer.put(name, rendered.error());
        }
        if (!writer.finish() && status == Exit::done) status = Exit::check_failed;
    };
    std::vector<std::string> files;
    for (const std::string& name : options.inputs) {
        if (name != "-" && renderer.takes && renderer.takes(name)) {
            render(name, name, renderer.of_other);
            continue;
        }
        if (name != "-") {
            files.push_back(name);
            continue;
        }
        render("-", log::text_of(STDIN_FILENO, "-"),
               [&](const Result<std::unique_ptr<log::Text>>& text, const Put& put) -> Result<void> {
                   if (!text) return tl::unexpected<Error>(text.error());
                   if (redacting == nullptr) return renderer.of_log(**text, put);
                   auto redacted = redacting->log(**text);
                   if (!redacted) return tl::unexpected<Error>(redacted.error());
                   return renderer.of_log(**redacted, put);
               });
    }
    for (const NamedInput& named : gather_inputs(files, options.max_unpacked))
        render(named.name, named.input,
               [&](const Result<Input>& input, const Put& put) -> Result<void> {
                   if (!input) return tl::unexpected<Error>(input.error());
                   if (redacting == nullptr) return renderer.of_input(*input, put);
                   auto redacted = redacting->input(*input, rules, reading);
                   if (!redacted) return tl::unexpected<Error>(redacted.error());
                   return renderer.of_input(*redacted, put);
               });
    return renderer.exit_status ? renderer.exit_status(status) : status;
}

}  // namespace

void InputOptions::add_inputs(CLI::App& app, std::vector<std::string> formats) {
    app.add_option("INPUT", inputs,
                   "Dump (kdump-compressed, flattened, split, ELF, /proc/vmcore), directory with "
                   "one, console log, or - for a log on standard input")
        ->required();
    app.add_option("--format", format, "What to print (default: text)")
        ->check(CLI::IsMember(std::move(formats)));
    app.add_option("-o,--output", output, "Write there instead of standard output")
        ->type_name("FILE");
    add_colour(app);
}

void InputOptions::add_colour(CLI::App& app) {
    app.add_option("--color", colour, "When to colour text (default: auto)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
}

void InputOptions::add_sources(CLI::App& app) {
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
    app.add_option("--deadline", deadline_s,
                   "Seconds for each input; then the best verdict so far is given (default: 300)")
        ->check(CLI::Range(0.001, 86400.0))
        ->type_name("S");
    app.add_option("--memory", memory,
                   "Memory of the process, beyond which nothing more is read (default: 4 GiB)")
        ->transform(CLI::AsSizeValue(false));
    app.add_option("--max-read", max_read,
                   "Bytes to take from the files of an input (default: 64 GiB)")
        ->transform(CLI::AsSizeValue(false));
    app.add_option("--max-nodes", max_nodes,
                   "Reads of a dump's memory, of which each node of a list or tree takes one or "
                   "more (default: 1000000000)")
        ->type_name("N");
}

void InputOptions::add_reading(CLI::App& app) {
    add_sources(app);
    auto* hide =
        app.add_flag("--redact", redact,
                     "Replace names of hosts, addresses, paths, file names and file handles "
                     "by tokens made with a key");
    app.add_option("--redact-key", redact_key,
                   "File with the key, for the same tokens every time; it is made if there is none")
        ->type_name("FILE")
        ->needs(hide);
}

void InputOptions::add_sandbox(CLI::App& app) {
    sandbox = "auto";
    add_sandbox_option(app, sandbox);
}

Sandbox InputOptions::confinement() const { return sandbox_of(sandbox); }

Result<std::optional<redact::Key>> InputOptions::key() const {
    if (!redact) return std::nullopt;
    if (!redact_key.empty()) {
        auto key = redact::key_of_file(redact_key);
        if (!key) return tl::unexpected<Error>(key.error());
        return *key;
    }
    redact::Key key = redact::new_key();
    spdlog::info("redacted with the key {}; in a file behind --redact-key it gives the same tokens",
                 redact::to_text(key));
    return key;
}

TriageOptions InputOptions::reading() const {
    TriageOptions reading;
    reading.force_library = force_library;
    reading.profiles.file = profile;
    reading.profiles.folders = profile_folders();
    reading.limits = {std::chrono::milliseconds(static_cast<std::int64_t>(deadline_s * 1000)),
                      memory, max_read, max_nodes};
    if (debuginfo.empty() && !debuginfod) return reading;
    MakeProfile request;
    request.sources = {debuginfo.begin(), debuginfo.end()};
    request.debuginfod = debuginfod;
    request.limits.kept = max_unpacked;
    reading.text_sources = request.sources;
    reading.profiles.make = offered(*outside, cache_filler(std::move(request)));
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
    auto key = options.key();
    if (!key) {
        spdlog::error("{}", to_string(key.error()));
        return Exit::usage;
    }
    std::optional<Redacting> redacting;
    if (*key) redacting.emplace(**key);
    const TriageOptions reading = options.reading();
    return Confinement(options, {renderer.reads}).run([&] {
        return render_inputs(options, renderer, redacting ? &*redacting : nullptr, reading);
    });
}

}  // namespace nfstriage::command
