// What is damaged: the dumps of a folder as they are, with the kernel profile beside them and
// without, and what is made of each: its log, an ELF and a flattened dump, packed files, a crash
// directory. Found by what files are called, never listed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nfstriage::damage {

// What `Sample::file` is. A directory's file is the one in it that is damaged.
enum class Form { dump, log, packed, directory };

struct Sample {
    std::string name;  // as --sample takes it: the file below its folder, and what was made of it
    Form form = Form::dump;
    std::filesystem::path file;
    std::filesystem::path profile = {};  // that the analysis is given; empty: none
    // The profile was made of other code than that of the dump, which a recipe invented: what it
    // says of frames holds for none of them.
    bool invented_code = false;
    bool made = false;  // from another sample, which has the same memory
};

// In `folder`, sorted by name. What is made of a dump is written into `scratch`. `wanted`: the name
// of the only one that is needed; empty: all. Throws where that cannot be done.
std::vector<Sample> find_samples(const std::filesystem::path& folder,
                                 const std::filesystem::path& scratch, const std::string& wanted);

// The real dumps and logs of a corpus (dumps/*/*.vmcore[.xz], logs/text/*.log and the like).
std::vector<Sample> find_corpus(const std::filesystem::path& folder,
                                const std::filesystem::path& scratch, const std::string& wanted);

// The profiles among them, each once.
std::vector<std::filesystem::path> profiles_of(const std::vector<Sample>& samples);

// Bytes of a file, and back. Throw where the system does not let us.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes);

}  // namespace nfstriage::damage
