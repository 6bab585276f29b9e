// Small scenes written by hand in YAML, for the tests of rules: a log text or a few facts by name,
// and for clauses that read memory a few types, words of memory and recovered arguments.
#pragma once

#include <memory>
#include <string>

#include "facts/scene.h"
#include "rules/yaml.h"

namespace nfstriage::rules {

// Owns what the scene points to.
class TestScene {
public:
    TestScene();
    ~TestScene();
    TestScene(TestScene&&) noexcept;
    TestScene& operator=(TestScene&&) noexcept;

    // Builds a scene from `yaml`, a map of:
    //   log            text, parsed as any console log; `replace`: list of {from, to} applied to it
    //   log_complete   true (default) | false
    //   input          log (default) | dump
    //   crash.kind crash.message crash.function crash.complete crash.fault_address
    //   task.pid task.comm panic.reason kernel.arch
    //   frames         list of "f+0x1/0x2 [module]", "? f" guessed, "scan f", "inlined f"; the
    //   blamed
    //                  stack, complete unless frames_complete is false
    //   registers      map of name to hex, of the crash
    //   stacks         list of lists of frames: further stacks, of blocked tasks
    //   arguments      map of "function index" to hex
    //   types          map of "struct x" to {member: "offset C-type"}
    //   constants      map of name to number
    //   memory         map of address to the 64-bit word there
    //   code           map of what the kernel's code does to true or false: "f calls g",
    //                  "f inlines g", "f prints some text", "f touches struct x.member",
    //                  "nfsd has_string some text"; what is not listed is unknown
    // The facts by name stand in for what the log gave. Errors R004, R006, R007.
    static tl::expected<TestScene, Diagnostic> build(const Yaml& yaml, const std::string& file);

    const facts::Scene& scene() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace nfstriage::rules
