#include "mkdump/types_file.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "layout/btf_types.h"
#include "layout/profile_types.h"

namespace nfstriage::mkdump {

Result<TypesFile> load_types(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return error(path, std::nullopt, "a readable file", "check the path");
    std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
    TypesFile result;
    bool is_btf = bytes.size() > 2 && bytes[0] == 0x9f && bytes[1] == 0xeb;
    if (!is_btf) {
        auto profile = layout::Profile::open(path);
        if (!profile) return tl::unexpected<Error>(profile.error());
        result.profile = std::move(*profile);
        auto types = layout::unpack_types(*result.profile);
        if (!types)
            return error(path, std::nullopt, "a profile with types: " + to_string(types.error()),
                         "build it again with `nfstriage profile build`");
        bytes = std::move(*types);
    }
    auto btf = layout::Btf::parse(std::move(bytes));
    if (!btf)
        return error(path, std::nullopt, "types as BTF: " + to_string(btf.error()),
                     "give a kernel profile or a file of BTF");
    result.types = std::make_unique<layout::BtfTypes>(std::move(*btf));
    return result;
}

}  // namespace nfstriage::mkdump
