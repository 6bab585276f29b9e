// Kernel profiles. The first byte chooses: the bytes of a file as they are; or a small real profile
// of which the input changes what its sections hold, packed and sealed again, so that check sums do
// not end every try; or one section made of the input alone.
#include <algorithm>
#include <bit>
#include <map>

#include "input.h"
#include "layout/cfi_table.h"
#include "layout/code_blocks.h"
#include "layout/code_blocks_write.h"
#include "layout/code_table.h"
#include "layout/module_sections.h"
#include "layout/orc_table.h"
#include "layout/profile_match.h"
#include "layout/profile_types.h"
#include "layout/profile_verify.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::layout;

namespace {

// A section taken apart: the bytes ahead of each container of blocks, and the blocks.
struct Section {
    ProfileSection kind;
    std::string object;
    std::vector<File> plain;                     // as many as containers, or one if there is none
    std::vector<std::vector<CodeBlock>> blocks;  // of each container
};

std::vector<CodeBlock> unpacked(ByteSpan bytes) {
    auto container = CodeBlocks::open(bytes);
    require(container.has_value(), "a real profile has sound blocks");
    std::vector<CodeBlock> blocks;
    for (std::size_t i = 0; i < container->count(); ++i)
        blocks.push_back({container->first_address(i), container->unpack(i).value()});
    return blocks;
}

Section take_apart(const Profile& profile, const Profile::Entry& entry) {
    Section section{entry.kind, entry.object, {}, {}};
    ByteSpan bytes = profile.section(entry.kind, entry.object).value();
    auto container = [&](ByteSpan ahead, ByteSpan packed) {
        section.plain.emplace_back(ahead.begin(), ahead.end());
        section.blocks.push_back(unpacked(packed));
    };
    switch (entry.kind) {
        case ProfileSection::symbols:
        case ProfileSection::samples: {  // an index of names, profile_symbols.h
            auto names = Bytes(bytes).get<std::uint32_t>(4).value();
            std::size_t buckets = std::min<std::size_t>(std::bit_ceil(names / 16 + 1), 1 << 16);
            std::size_t index = 8 + (buckets + 1) * 4 + std::size_t{names} * 6;
            container(bytes.first(index), bytes.subspan(index));
            break;
        }
        case ProfileSection::types:
        case ProfileSection::orc:
        case ProfileSection::cfi:
            container({}, bytes);
            break;
        case ProfileSection::code: {
            auto header = Bytes(bytes).get<CodeTableHeader>(0).value();
            std::size_t at = sizeof header;
            container(bytes.first(at), bytes.subspan(at, header.source_size));
            at += header.source_size;
            container({}, bytes.subspan(at, header.parameters_size));
            at += header.parameters_size;
            container({}, bytes.subspan(at, header.strings_size));
            at += header.strings_size;
            ByteSpan names = bytes.subspan(at, header.names_size);
            at += header.names_size;
            if (at < bytes.size())
                container(names, bytes.subspan(at));
            else
                section.plain.emplace_back(names.begin(), names.end());
            break;
        }
        default:
            section.plain.emplace_back(bytes.begin(), bytes.end());
    }
    return section;
}

File put_together(const Section& section);

struct Base {
    KernelIdentity identity;
    std::vector<ProfileObject> objects;
    std::vector<Section> sections;
    std::vector<ProfilePart> sound;  // the sections as they are, put together
};

Base make_base(const std::string& folder) {
    File bytes = source_file("samples/cases/" + folder + "/kernel.nfsprofile");
    auto profile = Profile::from_bytes(bytes, "profile");
    require(profile.has_value(), "a real profile opens");
    Base base{(*profile)->identity(), (*profile)->objects(), {}, {}};
    for (const auto& entry : (*profile)->entries()) {
        if (entry.kind == ProfileSection::identity) continue;
        base.sections.push_back(take_apart(**profile, entry));
        base.sound.push_back({entry.kind, entry.object, put_together(base.sections.back())});
    }
    return base;
}

// Changes one run of bytes of the section; which one the input says.
void change(Section& section, Input& input) {
    std::vector<File*> runs;
    for (File& plain : section.plain) runs.push_back(&plain);
    for (auto& blocks : section.blocks)
        for (CodeBlock& block : blocks) runs.push_back(&block.bytes);
    File& run = *runs[input.below(runs.size())];
    std::size_t at = run.empty() ? 0 : input.u16() % run.size();
    ByteSpan bytes = input.bytes(input.u8() % 16);
    switch (input.u8() % 4) {
        case 0:
            run.resize(at);
            break;
        case 1:
            run.insert(run.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
            break;
        default:
            std::copy_n(bytes.begin(), std::min(bytes.size(), run.size() - at),
                        run.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

File put_together(const Section& section) {
    File bytes;
    std::vector<std::uint32_t> sizes;
    auto append = [&](ByteSpan more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
        sizes.push_back(static_cast<std::uint32_t>(more.size()));
    };
    for (std::size_t i = 0; i < section.plain.size(); ++i) {
        append(section.plain[i]);
        if (i < section.blocks.size()) append(pack_code_blocks(section.blocks[i], 1));
    }
    // The header of a code table says how long its parts are: header, source, -, parameters, -,
    // strings, names.
    if (section.kind == ProfileSection::code && sizes.size() >= 7 &&
        section.plain[0].size() == sizeof(CodeTableHeader)) {
        CodeTableHeader header;
        std::memcpy(&header, bytes.data(), sizeof header);
        header.source_size = sizes[1], header.parameters_size = sizes[3];
        header.strings_size = sizes[5], header.names_size = sizes[6];
        std::memcpy(bytes.data(), &header, sizeof header);
    }
    return bytes;
}

File changed_profile(const Base& base, Input& input) {
    std::map<std::size_t, Section> changed;
    while (!input.empty()) {
        std::size_t which = input.below(base.sections.size());
        change(changed.emplace(which, base.sections[which]).first->second, input);
    }
    std::vector<ProfilePart> parts = base.sound;
    for (const auto& [which, section] : changed) parts[which].bytes = put_together(section);
    return write_profile(base.identity, base.objects, parts);
}

File made_of_one_section(Input& input) {
    auto kind = static_cast<ProfileSection>(2 + input.below(8));
    File bytes;
    if (input.flag()) {
        std::vector<CodeBlock> blocks;
        std::uint64_t address = 0;
        while (!input.empty() && blocks.size() < 8) {
            address += input.u16();
            ByteSpan content = input.bytes(input.u16() % 2048);
            blocks.push_back({address, {content.begin(), content.end()}});
        }
        if (kind == ProfileSection::symbols || kind == ProfileSection::samples) {
            std::uint32_t count = static_cast<std::uint32_t>(blocks.size()) * 256;
            bytes.resize(8 + 2 * 4);  // no names: one bucket with nothing in it
            std::memcpy(bytes.data(), &count, 4);
        }
        File packed = pack_code_blocks(blocks, 1);
        bytes.insert(bytes.end(), packed.begin(), packed.end());
    } else {
        ByteSpan rest = input.rest();
        bytes.assign(rest.begin(), rest.end());
    }
    return write_profile({}, {}, {{kind, "", std::move(bytes)}});
}

void ask_code(const CodeTable& table, std::uint64_t at) {
    auto frames = table.source_of(at);
    auto inlined = table.inlined_at(at);
    if (frames) {
        require(!frames->empty() && !frames->back().inlined, "the last frame is the real one");
        (void)table.entries(frames->front().function);
        (void)table.hosts(frames->front().function);
    }
    if (frames && inlined)
        require(inlined->size() + 1 == frames->size(), "as many inlined calls as frames");
    if (auto function = table.function_at(at))
        require(function->begin <= at && at < function->end, "a function covers the address");
    (void)table.call_arguments(at);
}

void ask_symbols(const ProfileSymbols& symbols, std::uint64_t at) {
    auto symbol = symbols.at(at);
    if (!symbol) return;
    require(symbol->address <= at, "a symbol begins at or below the address");
    (void)symbols.find(symbol->name);
    (void)symbols.clones(symbol->name);
}

void ask(const Profile& profile, const Profile::Entry& entry,
         const std::vector<std::uint64_t>& places) {
    auto bytes = profile.section(entry.kind, entry.object);
    if (!bytes) return;
    if (entry.kind == ProfileSection::symbols || entry.kind == ProfileSection::samples) {
        if (auto symbols = ProfileSymbols::open(*bytes)) {
            for (std::uint64_t at : places) ask_symbols(*symbols, at);
            for (std::size_t i = 0; i < std::min<std::size_t>(symbols->blocks(), 4); ++i)
                (void)symbols->block(i);
        }
    } else if (entry.kind == ProfileSection::code) {
        if (auto table = CodeTable::open(*bytes))
            for (std::uint64_t at : places) ask_code(*table, at);
    } else if (entry.kind == ProfileSection::cfi) {
        if (auto table = CfiTable::open(*bytes))
            for (std::uint64_t at : places)
                if (auto row = table->at(at))
                    require(row->begin <= at, "a row holds from there on");
    } else if (entry.kind == ProfileSection::orc) {
        if (auto table = OrcTable::open(*bytes))
            for (std::uint64_t at : places)
                if (auto row = table->at(at))
                    require(row->begin <= at, "a row holds from there on");
    } else if (entry.kind == ProfileSection::sections) {
        (void)linked_sections(profile, entry.object);
    }
}

// Addresses at which the blocks begin, and some behind them.
std::vector<std::uint64_t> places_in(const Profile& profile, const Profile::Entry& entry) {
    std::vector<std::uint64_t> places = {0, 1, 100, ~std::uint64_t{0}};
    auto bytes = profile.section(entry.kind, entry.object);
    if (!bytes) return places;
    std::size_t ahead = entry.kind == ProfileSection::code ? sizeof(CodeTableHeader) : 0;
    if (entry.kind == ProfileSection::symbols || entry.kind == ProfileSection::samples)
        ahead = 4 + Bytes(*bytes).get<std::uint32_t>(0).value_or(0) * std::size_t{2};
    if (ahead > bytes->size()) return places;
    auto container = CodeBlocks::open(bytes->subspan(ahead));
    if (!container) return places;
    for (std::size_t i = 0; i < std::min<std::size_t>(container->count(), 4); ++i)
        for (std::uint64_t offset : {0, 1, 5, 16, 40, 200, 1000, 5000})
            places.push_back(container->first_address(i) + offset);
    return places;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<Base> bases = {make_base("002"), make_base("000-aarch64")};
    Input input(data, size);
    std::uint8_t form = input.u8() % 4;
    File bytes;
    if (form < 2)
        bytes = changed_profile(bases[form], input);
    else if (form == 2)
        bytes = made_of_one_section(input);
    else
        bytes.assign(data + std::min<std::size_t>(size, 1), data + size);
    auto profile = Profile::from_bytes(bytes, "input");
    if (!profile) {
        require(form == 3, "a profile that was sealed opens");
        return 0;
    }
    (void)verify_profile(**profile);
    (void)absent_types(**profile), (void)tells_of_sections(**profile);
    if (auto btf = btf_of(**profile)) (void)(*btf)->end_id();
    for (const auto& entry : (*profile)->entries())
        ask(**profile, entry, places_in(**profile, entry));
    return 0;
}
