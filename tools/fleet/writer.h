// One result into all the tables that count it. Runs inside a transaction that the store opened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/crash_result.h"
#include "fleet/sqlite.h"
#include "fleet/store.h"

namespace nfstriage::fleet {

// Crashes of clients of one server that are no further apart are one burst.
inline constexpr std::int64_t kBurstGap_s = 30;

class Writer {
public:
    explicit Writer(Database& database);

    void add(const Entry& entry, Added& added);
    void add(const Duplicate& duplicate, Added& added);

private:
    void add_result(const Entry& entry, const CrashResult& result, Added& added);
    void fail(const Entry& entry, const Error& error, Added& added);
    void link(std::string_view path, std::string_view stamp, std::int64_t result,
              std::int64_t seen_s);

    struct Ids {
        std::int64_t result = 0, time = 0;
        bool exact = false;
        std::optional<std::int64_t> signature, kernel, host;
    };
    void count_day(Statement& statement, const Ids& ids, std::optional<std::int64_t> what);
    void count_signature(const CrashResult& result, Ids& ids);
    void count_kernel(const CrashResult& result, Ids& ids);
    void count_host(const CrashResult& result, Ids& ids);
    void count_servers(const CrashResult& result, const Ids& ids);
    void extend_burst(std::int64_t server, const Ids& ids);

    Database& database_;
    Statement find_identity_, insert_result_, insert_verdict_, link_source_, fail_source_;
    Statement day_status_, day_signature_, day_kernel_, day_server_;
    Statement signature_, signature_text_, signature_host_, signature_new_host_, signature_kernel_,
        signature_server_, signature_record_;
    Statement kernel_, host_, host_kernel_, server_, record_kernel_;
    Statement server_host_, server_result_, near_bursts_, near_results_, drop_bursts_, burst_;
};

}  // namespace nfstriage::fleet
