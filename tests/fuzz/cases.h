// The small dumps of samples/cases, made here without compression, so that the input can change
// headers and memory alike: {u8 which case, {u24 place, u8 size, bytes}...}, see patch().
#pragma once

#include <memory>

#include "input.h"
#include "mkdump/recipe.h"
#include "mkdump/types_file.h"
#include "triage.h"

namespace nfstriage::fuzz {

struct SmallDump {
    std::string profile;  // path
    File file;
};

inline SmallDump make_small_dump(const std::string& name, const char* format) {
    SmallDump made;
    std::string folder = "samples/cases/" + name;
    made.profile = std::string(NFSTRIAGE_SOURCE_DIR) + "/" + folder + "/kernel.nfsprofile";
    auto types = mkdump::load_types(made.profile);
    require(types.has_value(), "a profile of the samples opens");
    std::string recipe(as_text(source_file(folder + "/scene.recipe")));
    auto built = mkdump::build_scene(recipe + format, name, types->types.get());
    if (!built) std::fprintf(stderr, "%s\n", to_string(built.error()).c_str());
    require(built.has_value() && built->files.size() == 1, "a recipe of the samples is built");
    made.file = std::move(built->files.front());
    return made;
}

inline const std::vector<SmallDump>& small_dumps() {
    static const std::vector<SmallDump> dumps = [] {
        std::vector<SmallDump> made;
        for (const char* name : {"000-x86_64", "001", "002", "004", "000-aarch64"})
            made.push_back(make_small_dump(name, "\ncodec none\n"));
        made.push_back(make_small_dump("002", "\nformat elf\n"));
        return made;
    }();
    return dumps;
}

// One of them, changed by all that is left of the input.
class ChangedDump {
public:
    // `with_profile`: the analysis is given the kernel's profile.
    ChangedDump(Input& input, bool with_profile) {
        const SmallDump& base = small_dumps()[input.below(small_dumps().size())];
        File file = base.file;
        patch(file, input);
        file_ = std::make_unique<MemoryFile>(file);
        input_.parts = {file_->path()};
        input_.name = "input";
        options_.profiles.carried = {};
        if (with_profile) options_.profiles.file = base.profile;
    }

    const nfstriage::Input& input() const { return input_; }
    const TriageOptions& options() const { return options_; }

private:
    std::unique_ptr<MemoryFile> file_;
    nfstriage::Input input_;
    TriageOptions options_;
};

}  // namespace nfstriage::fuzz
