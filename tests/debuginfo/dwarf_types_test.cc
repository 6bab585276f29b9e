#include "debuginfo/dwarf_types.h"

#include <bpf/btf.h>

#include <bit>
#include <random>

#include "catch.h"
#include "compile.h"
#include "types_of.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using test::Files;
using test::types_of;
using test::Workshop;

namespace {

// The tables hold what the compiler itself says about its layout.
constexpr const char* kSource = R"(
struct inner { char a; long b; };
enum state { IDLE = 1, BUSY = -2, };
enum colour { RED, GREEN = 0xfffffffe };
enum big { TINY = 1, HUGE_ONE = 0x123456789abcULL };
enum { RPC_ACTIVE = 6, RPC_QUEUED };
enum { UNWANTED = 99 };
struct far;
struct pointed { int value; struct node *back; };
typedef struct { int counter; } atomic_t;
typedef unsigned long flags_t;
struct node {
    struct node *next;
    const struct inner in;
    unsigned flags : 3;
    int level : 5;
    flags_t wide : 40;
    _Bool ready : 1;
    union { int number; char *text; struct { short low, high; }; };
    volatile enum state state;
    enum big big;
    int grid[3][4];
    atomic_t count;
    int (*call)(struct node *, int, ...);
    struct far *far;
    struct pointed *pointed;
    char tail[];
};
struct node first = { .flags = 7 };
struct node second = { .level = -1 };
struct node third = { .wide = 0xffffffffffUL };
struct node fourth = { .ready = 1 };
enum colour colour;
int rpc = RPC_ACTIVE + UNWANTED;
#define AT(member) __builtin_offsetof(struct node, member)
unsigned long expected[] = { sizeof(struct node), AT(next), AT(in), AT(in.b), AT(number),
    AT(text), AT(high), AT(state), AT(big), AT(grid), AT(count), AT(call), AT(far), AT(pointed),
    AT(tail), AT(grid[2]) };
static int hidden(struct pointed *pointed) { return pointed->value; }
int walk(struct node *node, unsigned long how, ...)
{ return node && node->pointed ? hidden(node->pointed) + (int)how : rpc; }
)";
constexpr const char* kMembers[] = {"next", "in",    "in.b",    "number", "text",
                                    "high", "state", "big",     "grid",   "count",
                                    "call", "far",   "pointed", "tail",   "grid[2]"};

TypeOptions wanted(std::vector<std::string> roots) {
    TypeOptions options;
    options.roots = std::move(roots);
    options.enumerators = {"RPC*"};
    return options;
}

CollectedTypes collected(const std::vector<std::filesystem::path>& files,
                         const TypeOptions& options) {
    Files objects(files);
    auto types = objects.collect(options);
    INFO((types ? std::string() : to_string(types.error())));
    REQUIRE(types);
    btf* theirs = btf__new(types->btf.data(), static_cast<std::uint32_t>(types->btf.size()));
    CHECK(theirs != nullptr);
    btf__free(theirs);
    return std::move(*types);
}

ByteSpan object_bytes(const ElfObject& elf, std::string_view symbol, std::uint64_t size) {
    auto symbols = elf.symbols();
    REQUIRE(symbols);
    for (const ElfSymbol& candidate : *symbols)
        if (candidate.name == symbol) {
            auto bytes = elf.memory(candidate.address, size);
            REQUIRE(bytes);
            return *bytes;
        }
    FAIL("no symbol " << symbol);
    return {};
}

void check_layout(const ElfObject& elf, const layout::Types& types) {
    Bytes expected(object_bytes(elf, "expected", 8 * (std::size(kMembers) + 1)));
    std::uint64_t size = *expected.get<std::uint64_t>(0);
    CHECK(types.size_of("struct node").value() == size);
    for (std::size_t i = 0; i < std::size(kMembers); ++i) {
        INFO(kMembers[i]);
        CHECK(types.offset_of("struct node", kMembers[i]).value() ==
              *expected.get<std::uint64_t>(8 * (i + 1)));
    }
    // Only one bit field of each object is not zero.
    const std::pair<const char*, const char*> kFields[] = {
        {"first", "flags"}, {"second", "level"}, {"third", "wide"}, {"fourth", "ready"}};
    for (auto [object, field] : kFields) {
        INFO(field);
        ByteSpan bytes = object_bytes(elf, object, size);
        std::uint64_t lowest = ~std::uint64_t{0}, bits = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (bytes[i] != 0 && bits == 0) lowest = i * 8 + std::countr_zero(bytes[i]);
            bits += static_cast<std::uint64_t>(std::popcount(bytes[i]));
        }
        auto member = types.member("struct node", field);
        REQUIRE(member);
        CHECK(member->offset * 8 + member->bit_offset == lowest);
        CHECK(member->bit_size == bits);
    }
}

}  // namespace

TEST_CASE("members are where the compiler put them, bit fields and unnamed unions included") {
    Workshop workshop;
    std::string version = GENERATE("-gdwarf-4", "-gdwarf-5", "-gdwarf-3");
    std::string form = GENERATE("-c", "-nostdlib -Wl,-e,walk");
    std::string compiler = GENERATE(as<std::string>(), "cc", "aarch64-linux-gnu-gcc");
    auto file = workshop.compile("file", kSource, "-O1 -g " + version + " " + form, compiler);
    CollectedTypes result = collected({file}, wanted({"struct node", "enum colour"}));
    CHECK(result.remarks.empty());
    CHECK(result.missing.empty());
    layout::BtfTypes types = types_of(result);
    auto elf = ElfObject::open(file);
    REQUIRE(elf);
    check_layout(**elf, types);

    CHECK(types.enumerator("BUSY").value() == -2);
    CHECK(types.enumerator("HUGE_ONE").value() == 0x123456789abc);
    CHECK(types.enumerator("RPC_QUEUED").value() == 7);
    CHECK_FALSE(types.enumerator("UNWANTED"));
    auto grid = types.member("struct node", "grid");
    REQUIRE(grid);
    CHECK(grid->type.count == 3);
    CHECK(types.member("struct node", "next")->type.pointee == "struct node");
    CHECK(types.has_member("struct pointed", "value").value());  // followed
    CHECK_FALSE(types.has_member("struct far", "value"));        // declared only
    auto parameters = types.parameters("walk");
    REQUIRE(parameters);
    REQUIRE(parameters->size() >= 2);
    CHECK((*parameters)[0] == std::pair<std::string, std::string>("node", "struct node *"));
    CHECK((*parameters)[1].second.find("long") != std::string::npos);
}

TEST_CASE("an enumeration is signed when it has negative values") {
    Workshop workshop;
    auto file = workshop.compile("file.o", kSource, "-g -c");
    CollectedTypes result = collected({file}, wanted({"enum state", "enum colour"}));
    struct btf* theirs = btf__new(result.btf.data(), static_cast<std::uint32_t>(result.btf.size()));
    REQUIRE(theirs != nullptr);
    auto find = [&](const char* name) {
        int id = btf__find_by_name_kind(theirs, name, BTF_KIND_ENUM);
        REQUIRE(id > 0);
        return btf__type_by_id(theirs, static_cast<std::uint32_t>(id));
    };
    CHECK(btf_kflag(find("state")));
    CHECK(btf_enum(find("state"))[1].val == -2);
    CHECK_FALSE(btf_kflag(find("colour")));
    CHECK(static_cast<std::uint32_t>(btf_enum(find("colour"))[1].val) == 0xfffffffe);
    btf__free(theirs);
}

TEST_CASE("pointers are followed while the size allows it, what is held by value always") {
    Workshop workshop;
    auto file = workshop.compile("file.o", kSource, "-g -c");
    TypeOptions options = wanted({"struct node"});
    options.follow_until_bytes = 0;
    CollectedTypes result = collected({file}, options);
    layout::BtfTypes types = types_of(result);
    CHECK(types.offset_of("struct node", "in.b").value() ==
          types.offset_of("struct node", "in").value() + 8);
    CHECK_FALSE(types.size_of("struct pointed"));
    CHECK(collected({file}, wanted({"struct node"})).btf.size() > result.btf.size());
}

TEST_CASE("a star takes a family, a name that nobody defines is listed") {
    Workshop workshop;
    auto file = workshop.compile("file.o", R"(
        struct rpc_task { int a; } task; struct rpc_clnt { int b; } clnt; struct other { int c; } o;
        union rpc_either { int d; } either; struct rpc_gone; struct rpc_gone *gone;)",
                                 "-g -c");
    CollectedTypes result =
        collected({file}, wanted({"struct rpc_*", "struct absent", "struct rpc_gone"}));
    layout::BtfTypes types = types_of(result);
    CHECK(types.size_of("struct rpc_task"));
    CHECK(types.size_of("struct rpc_clnt"));
    CHECK_FALSE(types.size_of("struct other"));
    CHECK_FALSE(types.size_of("union rpc_either"));
    CHECK(result.missing == std::vector<std::string>{"struct absent", "struct rpc_gone"});
}

TEST_CASE("of two files that describe a structure differently the first counts, and it is said") {
    Workshop workshop;
    auto one = workshop.compile(
        "nfs.o", "struct shared { int a; int b; } s; struct same { int x; } x;", "-g -c");
    auto two = workshop.compile(
        "nfsd.o", "struct shared { int b; int a; } s; struct same { int x; } x;", "-g -c");
    auto three = workshop.compile("lockd.o", "struct shared { int a[3]; } s;", "-g -c");
    CollectedTypes result = collected({one, two, three}, wanted({"struct shared", "struct same"}));
    CHECK(types_of(result).offset_of("struct shared", "b").value() == 4);
    REQUIRE(result.remarks.size() == 2);
    CHECK_THAT(result.remarks[0], ContainsSubstring("8 bytes in nfs.o and 12 in lockd.o"));
    CHECK_THAT(result.remarks[1], ContainsSubstring("other members in nfsd.o than in nfs.o"));
}

TEST_CASE("a type that only a later file or unit defines is found there") {
    Workshop workshop;
    auto one =
        workshop.compile("nfs.o", "struct hidden; struct open { struct hidden *h; } o;", "-g -c");
    auto two = workshop.compile("nfsv4.o", "struct hidden { long secret; } h;", "-g -c");
    layout::BtfTypes types = types_of(collected({one, two}, wanted({"struct open"})));
    CHECK(types.has_member("struct hidden", "secret").value());
}

TEST_CASE("of a kernel of many units those that define what is missing are found") {
    Workshop workshop;
    std::string objects;
    for (int i = 0; i < 300; ++i) {
        std::string n = std::to_string(i);
        std::string source = "struct common_" + n + " { int a; } c" + n + "; struct wanted_late; " +
                             "struct wanted_late *p" + n + ";";
        if (i == 211) source += "struct wanted_late { long x; int here; } late;";
        if (i == 212) source += "enum wanted_states { WANTED_ONE = 5 } states;";
        workshop.write("u" + n + ".c", source);
        objects += " u" + n + ".o";
    }
    std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
    workshop.write("start.c", "struct family_x { int y; } fx; void start(void) {}");
    workshop.run("cc -g " + version + " -c u*.c start.c");
    // NFS built in: its folders are below that of init/main.c.
    workshop.run("mkdir -p fs/nfs init");
    workshop.write("fs/nfs/inode.c", "struct family_nfs { int z; } fn;");
    workshop.write("init/main.c", "int begun;");
    workshop.run("cc -g " + version + " -c \"$PWD/fs/nfs/inode.c\" \"$PWD/init/main.c\"");
    workshop.run("cc -nostdlib -Wl,-e,start -o vmlinux start.o inode.o main.o" + objects);
    TypeOptions options = wanted(
        {"struct wanted_late", "enum wanted_states", "struct family_*", "struct wanted_nowhere"});
    CollectedTypes result = collected({workshop.path("vmlinux")}, options);
    layout::BtfTypes types = types_of(result);
    CHECK(types.offset_of("struct wanted_late", "here").value() == 8);
    CHECK(types.enumerator("WANTED_ONE").value() == 5);
    CHECK_FALSE(types.size_of("struct family_x"));  // families are for modules
    CHECK(types.size_of("struct family_nfs"));
    CHECK(result.missing == std::vector<std::string>{"struct wanted_nowhere"});
    CHECK(result.units_read <= 4);
}

TEST_CASE("types that dwz moved to a common file are found there, or their absence is said") {
    Workshop workshop;
    std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
    workshop.write("shared.h", kSource);
    for (const char* name : {"a", "b"})
        workshop.compile(name, "#include \"shared.h\"",
                         "-O1 -g " + version + " -nostdlib -Wl,-e,walk");
    workshop.run("dwz -m common -M common a b");
    REQUIRE(Files({workshop.path("a")}).dwarf[0]->alternate() != nullptr);
    CollectedTypes result = collected({workshop.path("a")}, wanted({"struct node"}));
    CHECK(result.missing.empty());
    auto elf = ElfObject::open(workshop.path("a"));
    REQUIRE(elf);
    check_layout(**elf, types_of(result));
    workshop.run("rm common");
    Files files({workshop.path("a")});
    auto without = files.collect(wanted({"struct node"}));
    REQUIRE_FALSE(without);
    CHECK_THAT(without.error().expected, ContainsSubstring("alternate file common"));
}
