// The options of subcommands that read crashes, and the way from their inputs to what is written:
// one rendering for each input, errors in the same form, one exit status for all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "process/outside.h"
#include "process/sandbox.h"
#include "redact/tokens.h"
#include "report/json.h"
#include "report/text.h"
#include "triage.h"

namespace nfstriage::command {

struct InputOptions {
    std::vector<std::string> inputs;
    std::string format = "text";
    std::string output;
    std::string colour = "auto";
    bool force_library = false;
    std::string profile;
    std::vector<std::string> debuginfo;
    bool debuginfod = false;
    std::uint64_t max_unpacked = 64ull << 30;
    double deadline_s = 300;
    std::uint64_t memory = 4ull << 30;     // bytes
    std::uint64_t max_read = 64ull << 30;  // bytes
    std::uint64_t max_nodes = 1'000'000'000;
    bool redact = false;
    std::string redact_key;  // file
    std::string sandbox = "off";
    // What the sandbox leaves to the process outside of it.
    std::shared_ptr<Outside> outside = std::make_shared<Outside>();

    // INPUT and what is written of it, in one of `formats`, the first where none is asked for.
    void add_inputs(CLI::App& app, std::vector<std::string> formats = {"text", "json"});
    void add_colour(CLI::App& app);
    void add_sources(CLI::App& app);  // debuginfo, profiles, readers, limits
    void add_reading(CLI::App& app);  // these and redaction
    void add_sandbox(CLI::App& app);  // and goes into it, as far as it can, unless told otherwise

    // Before render_all() or a Confinement runs: profiles are made outside of the sandbox.
    TriageOptions reading() const;
    Sandbox confinement() const;
    // The key that names are replaced with, where that is asked for. A key that is in no file is
    // told on standard error. Errors: the key's file.
    Result<std::optional<redact::Key>> key() const;
    bool as_json() const { return format == "json"; }
    bool as_markdown() const { return format == "markdown"; }
    bool as_html() const { return format == "html"; }
    report::JsonOptions json() const;  // JSON Lines for several inputs
    report::TextOptions text() const;
};

// Takes the next piece of what is written of one input.
using Put = std::function<void(std::string_view piece)>;

// What is written of one input, in the format that was asked for: all of it, or nothing and an
// error.
struct Renderer {
    bool separated = true;  // text of several inputs is divided by rules
    std::function<Result<void>(const Input&, const Put&)> of_input;
    std::function<Result<void>(log::Text& text, const Put&)> of_log;  // read from standard input
    // Inputs that are no crashes, by their name as given. Both empty: there are none.
    std::function<bool(const std::string& name)> takes = {};
    std::function<Result<void>(const std::string& name, const Put&)> of_other = {};
    // Called when all is rendered: the exit status, from that of reading. Empty: the same.
    std::function<int(int status)> exit_status = {};
    // Files that are read besides the inputs and what the options name.
    std::vector<std::string> reads = {};
    // The rules that are asked, which decide what is read; null: those of the program.
    const Catalogue* catalogue = nullptr;
};

// Renders every input, in the sandbox that was asked for, and writes it as soon as it is there; an
// input that cannot be rendered is reported and does not stop the others. Gives the exit status.
// Nothing else may come back from the renderer: it may be called in a process of its own.
int render_all(const InputOptions& options, const Renderer& renderer);

}  // namespace nfstriage::command
