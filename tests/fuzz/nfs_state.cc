// The NFS and SUNRPC state and all stacks of a small dump whose memory the input changes: every
// list ends, JSON follows its schema, text is printable. The first byte chooses what is asked, see
// cases.h for the rest.
#include "cases.h"
#include "frames.h"
#include "outputs.h"
#include "report/frames.h"
#include "report/state.h"
#include "show.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

void show_state(const ChangedDump& dump, std::uint8_t choice) {
    static const test::DocumentSchema schema("state.schema.json");
    report::StateView view;
    view.origins = (choice & 2) != 0, view.verbose = (choice & 4) != 0;
    if ((choice & 8) != 0) view.limit = 3;
    if ((choice & 16) != 0) view.pid = 42;
    (void)show(dump.input(), dump.options(), [&](const facts::Scene& scene) {
        std::string json;
        report::state_to_json(scene, view, {true, -1},
                              [&](std::string_view more) { json += more; });
        check_json(json, schema, (choice & 32) != 0);
        check_printable(report::state_to_text(scene, view, {}));
    });
}

void show_stacks(const ChangedDump& dump) {
    static const test::DocumentSchema schema("frames.schema.json");
    FramesOptions options;
    options.reading = dump.options();
    auto list = frames(dump.input(), options);
    if (!list) return;
    check_json(report::frames_to_json(*list, {true, -1}), schema, false);
    check_printable(report::frames_to_text(*list, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    std::uint8_t choice = input.u8();
    ChangedDump dump(input, (choice & 0x80) == 0);
    if ((choice & 1) != 0)
        show_stacks(dump);
    else
        show_state(dump, choice);
    return 0;
}
