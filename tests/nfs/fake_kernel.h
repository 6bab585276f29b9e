// A kernel made by a test: types declared in C, objects written by the names of their members.
//
//   FakeKernel kernel;
//   kernel.declare("struct item { struct list_head node; u32 flags; struct item *next; char
//   name[8]; };"
//                  "enum { FLAG_A, FLAG_B = 4 };");
//   VAddr item = kernel.make("struct item");
//   kernel.set(item, "struct item", "flags", 5);
//   kernel.link(head, {item + 0});
//   read_item(kernel.reader().object("struct item", item));
//
// A declaration may use u8 u16 u32 u64 s8 s16 s32 s64 char void, structures declared before, and
// pointers to any. Members lie one behind the other at their natural alignment; "at N" behind a
// name places it at byte N, as in "u32 flags at 64;", for unions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "fakes/btf_writer.h"
#include "fakes/dump.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "kernel/object.h"
#include "layout/btf_types.h"
#include "nfs/roots.h"

namespace nfstriage::test {

class FakeKernel {
public:
    FakeKernel() {
        for (auto [name, size] : {std::pair("u8", 1u), std::pair("u16", 2u), std::pair("u32", 4u),
                                  std::pair("u64", 8u), std::pair("char", 1u)})
            known_[name] = {writer_.integer(name, size), size, size};
        for (auto [name, size] : {std::pair("s8", 1u), std::pair("s16", 2u), std::pair("s32", 4u),
                                  std::pair("s64", 8u)})
            known_[name] = {writer_.integer(name, size, true), size, size};
        known_["void"] = {0, 0, 1};
        declare("struct list_head { struct list_head *next; struct list_head *prev; };");
    }

    // Before anything is read. Throws std::runtime_error for what it cannot understand.
    void declare(std::string_view text) {
        while (!trim(text).empty()) {
            auto open = text.find('{'), close = text.find("};");
            if (open == std::string_view::npos || close == std::string_view::npos)
                throw std::runtime_error("no declaration: " + std::string(text));
            std::string_view head = trim(text.substr(0, open));
            std::string_view body = text.substr(open + 1, close - open - 1);
            if (head.substr(0, 4) == "enum")
                declare_enum(trim(head.substr(4)), body);
            else
                declare_struct(head, body);
            text.remove_prefix(close + 2);
        }
    }

    const kernel::Reader& reader() {
        if (!reader_) {
            types_ = std::make_unique<layout::BtfTypes>(
                std::move(layout::Btf::parse(writer_.bytes()).value()));
            reader_ = std::make_unique<kernel::Reader>(dump, *types_, symbols);
        }
        return *reader_;
    }
    // What readers share. The lists may be filled by the test before.
    const nfs::Roots& roots() {
        if (!roots_) {
            objects_ = std::make_unique<kernel::Objects>(dump, reader().types(), symbols);
            roots_.reset(new nfs::Roots{reader(), *objects_, clock, tasks, nets, walk_steps});
        }
        return *roots_;
    }

    // Zeroed memory for an object, on pages of its own.
    VAddr make(std::string_view type) { return make(reader().types().size_of(type).value()); }
    VAddr make(std::uint64_t size) {
        VAddr address{next_};
        dump.pages.map(next_, size);
        next_ = (next_ + size + 8191) & ~std::uint64_t{4095};
        return address;
    }

    // Writes a member of an object: "commit_info.ncommit". Addresses and numbers alike.
    void set(VAddr object, std::string_view type, std::string_view path, std::uint64_t value) {
        auto member = reader().types().member(type, path).value();
        std::uint64_t at = object.value + member.offset;
        for (std::uint64_t i = 0; i < member.type.size && i < 8; ++i)
            dump.pages.put<std::uint8_t>(at + i, static_cast<std::uint8_t>(value >> 8 * i));
    }
    void set(VAddr object, std::string_view type, std::string_view path, VAddr value) {
        set(object, type, path, value.value);
    }
    void set_text(VAddr object, std::string_view type, std::string_view path,
                  std::string_view text) {
        dump.pages.put_string(place(object, type, path).value, text);
    }
    VAddr place(VAddr object, std::string_view type, std::string_view path) {
        return object + reader().types().member(type, path).value().offset;
    }
    // Makes a circular list of a head and nodes (addresses of their struct list_head).
    void link(VAddr head, const std::vector<VAddr>& nodes) {
        VAddr last = head;
        for (VAddr node : nodes) {
            dump.pages.put(last.value, node.value);
            dump.pages.put(node.value + 8, last.value);
            last = node;
        }
        dump.pages.put(last.value, head.value);
        dump.pages.put(head.value + 8, last.value);
    }
    // Takes the pages of an object away.
    void lose(VAddr object, Reason why = Reason::filtered) { dump.pages.remove(object.value, why); }

    class Dump : public fakes::FakeDump {
    public:
        fakes::FakePages pages;
        const dump::Memory& memory() const override { return pages; }
        // Why no page table tells about an address: by default, that nothing is mapped anywhere.
        Reason translation = Reason::unmapped;
        Maybe<PAddr> translate(VAddr) const override { return unknown(translation); }
    };
    Dump dump;
    fakes::FakeSymbols symbols;
    kernel::Clock clock;
    nfs::Listing<kernel::TaskInfo> tasks;
    nfs::Listing<nfs::NetNamespace> nets;
    std::uint64_t walk_steps = 10'000;

private:
    struct Known {
        std::uint32_t id = 0, size = 0, align = 1;
    };

    static std::string_view word(std::string_view& text) {
        text = trim(text);
        std::size_t end = 0;
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
            ++end;
        std::string_view result = text.substr(0, end);
        text = trim(text.substr(end));
        return result;
    }
    Known base(std::string_view& text, bool& is_forward) {
        std::string name(word(text));
        const bool tagged = name == "struct" || name == "union";
        if (tagged) name += " " + std::string(word(text));
        auto found = known_.find(name);
        is_forward = found == known_.end();
        if (!is_forward) return found->second;
        if (!tagged) throw std::runtime_error("unknown type " + name);
        auto [forward, is_new] = forwards_.try_emplace(name);
        if (is_new) forward->second = writer_.forward(name.substr(name.find(' ') + 1));
        return {forward->second, 0, 1};
    }
    void declare_struct(std::string_view head, std::string_view body) {
        const bool is_union = head.substr(0, 5) == "union";
        std::vector<fakes::BtfWriter::Member> members;
        std::uint32_t end = 0, align = 1;
        for (std::string_view line : split(body, ';')) {
            if (trim(line).empty()) continue;
            bool is_forward = false;
            Known type = base(line, is_forward);
            for (; !line.empty() && line[0] == '*'; line = trim(line.substr(1)), is_forward = false)
                type = {writer_.pointer(type.id), 8, 8};
            std::string name(word(line));
            if (!line.empty() && line[0] == '[') {
                auto close = line.find(']');
                auto count =
                    static_cast<std::uint32_t>(parse_unsigned(line.substr(1, close - 1)).value());
                type = {writer_.array(type.id, known_["u32"].id, count), type.size * count,
                        type.align};
                line = trim(line.substr(close + 1));
            }
            if (is_forward) throw std::runtime_error("incomplete type of " + name);
            std::uint32_t at = is_union ? 0 : (end + type.align - 1) / type.align * type.align;
            if (word(line) == "at") at = static_cast<std::uint32_t>(*parse_unsigned(line));
            members.push_back({name, type.id, at * 8});
            end = std::max(end, at + type.size);
            align = std::max(align, type.align);
        }
        end = (end + align - 1) / align * align;
        auto tag = head.substr(head.find(' ') + 1);
        known_[std::string(head)] = {writer_.structure(tag, end, members, is_union), end, align};
    }
    void declare_enum(std::string_view name, std::string_view body) {
        std::vector<std::pair<std::string, std::int32_t>> values;
        std::int32_t next = 0;
        for (std::string_view item : split(body, ',')) {
            std::string enumerator(word(item));
            if (enumerator.empty()) continue;
            if (!item.empty() && item[0] == '=')
                next = static_cast<std::int32_t>(parse_unsigned(trim(item.substr(1))).value());
            values.emplace_back(enumerator, next++);
        }
        writer_.enumeration(name, values);
    }

    fakes::BtfWriter writer_;
    std::map<std::string, Known, std::less<>> known_;
    std::map<std::string, std::uint32_t> forwards_;
    std::unique_ptr<layout::BtfTypes> types_;
    std::unique_ptr<kernel::Reader> reader_;
    std::unique_ptr<kernel::Objects> objects_;
    std::unique_ptr<nfs::Roots> roots_;
    std::uint64_t next_ = 0xffff888000100000;
};

}  // namespace nfstriage::test
