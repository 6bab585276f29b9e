// One frame of a stack, from an unwinder or from a console log, and how far it can be trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nfstriage {

// How a frame was found, best first. `scan` and `guess` satisfy no required clause by themselves.
enum class Trust : std::uint8_t {
    registers,
    orc,
    cfi,
    frame_record,
    frame_pointer,
    log,
    scan,
    guess
};

std::string_view to_string(Trust trust);

// A parameter of a frame's function and the value it was called with, as far as that was recovered.
struct Argument {
    unsigned index = 0;                  // 0-based, as the source counts
    std::string name;                    // "req"; "" if not known
    std::string type;                    // C spelling, "struct nfs_page *"; "" if not known
    std::optional<std::uint64_t> value;  // when the function was entered
    std::vector<std::string> how;  // ways that gave this value: "rbx, saved by nfs_unlock_request"
    Trust trust = Trust::guess;    // of the value
    // What speaks against the value, or why there is none: "r12 gives 0xffff…", "unmapped: …".
    std::string doubt;
};

struct Frame {
    std::string function;                  // kernel symbol as printed, suffixes kept; "" if none
    std::optional<std::uint64_t> offset;   // bytes into the function
    std::optional<std::uint64_t> size;     // of the function in bytes
    std::string module;                    // "" for vmlinux
    std::optional<std::uint64_t> address;  // of the instruction (return address for callers)
    Trust trust = Trust::guess;
    bool inlined = false;
    std::string file;  // source file, "" if unknown
    std::optional<unsigned> line;
    std::optional<unsigned> log_line;  // 1-based line of the console log it was printed on
    std::optional<std::uint64_t> stack_pointer;  // canonical frame address, where unwound
    std::vector<Argument> arguments;             // in order; empty where nothing tells which
};

// `name` without the compiler's suffixes (.isra.0 .constprop.1 .part.2 .cold .llvm.123 .lto_priv.0)
// and without the __pfx_ prefix. Functions are compared in this form everywhere.
std::string_view without_suffix(std::string_view name);

}  // namespace nfstriage
