// The whole analysis of a small dump whose headers and memory the input changes: an error that
// helps, or a verdict that can be shown in every form. The first byte chooses the forms, and
// whether there is a kernel profile; for the rest see cases.h.
#include "cases.h"
#include "outputs.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Catalogue catalogue = Catalogue::built_in().value();
    fuzz::Input input(data, size);
    std::uint8_t choice = input.u8();
    ChangedDump dump(input, (choice & 0x80) == 0);
    TriageOptions options = dump.options();
    options.look = [&](const verdict::Verdict& verdict, const facts::Scene& scene) {
        check_verdict(verdict, scene, choice);
    };
    auto verdict = triage(dump.input(), catalogue, options);
    if (!verdict) {
        require(!verdict.error().expected.empty() && !verdict.error().remedy.empty(),
                "an error says what to do");
        return 0;
    }
    if ((choice & 0x70) != 0) return 0;
    auto again = triage(dump.input(), catalogue, dump.options());
    require(again && report::to_json(*verdict, {true, -1}) == report::to_json(*again, {true, -1}),
            "the same dump gives the same verdict");
    return 0;
}
