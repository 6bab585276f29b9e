// SQLite behind values: statements that bind, never splice, and errors as Results. Everything in a
// store comes from crashes, so no text of it ever becomes SQL.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace nfstriage::fleet {

// One statement, prepared once and used often. Columns count from 0, parameters in order of
// bind()'s arguments. The first failure is kept; steps behind it do nothing.
class Statement {
public:
    template <class... T>
    Statement& bind(const T&... values) {
        reset();
        int place = 0;
        (put(++place, values), ...);
        return *this;
    }
    bool row();  // steps to the next row; false: there is none, or it failed
    bool run();  // steps to the end; false: it failed

    std::int64_t number(int column) const;
    std::optional<std::int64_t> maybe_number(int column) const;  // nothing for NULL
    std::string text(int column) const;                          // "" for NULL
    bool is_null(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(class Database& database, sqlite3_stmt* statement)
        : database_(&database), statement_(statement) {}
    void reset();
    int step();
    void put(int place, std::int64_t value);
    void put(int place, int value) { put(place, static_cast<std::int64_t>(value)); }
    void put(int place, std::string_view text);
    void put(int place, const std::string& text) { put(place, std::string_view(text)); }
    void put(int place, const char* text) { put(place, std::string_view(text)); }
    struct Blob {
        std::string_view bytes;
    };
    void put(int place, Blob blob);
    void put_null(int place);
    template <class T>
    void put(int place, const std::optional<T>& value) {
        if (value)
            put(place, *value);
        else
            put_null(place);
    }

    class Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;

public:
    static Blob blob(std::string_view bytes) { return {bytes}; }
};

enum class Access : std::uint8_t { read, write };

class Database {
public:
    // `write` makes the file if it is not there. Errors: cannot be opened, is no database.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // SQL of our own; a mistake in it fails as a full disk does.
    Statement prepare(std::string_view sql);
    bool run(std::string_view script);  // several statements

    // How long to wait for another process that is writing.
    void wait_for_others(std::chrono::milliseconds time);

    std::int64_t last_id() const;
    const std::filesystem::path& path() const { return path_; }
    bool failed() const { return failure_.has_value(); }
    // What failed first, since the last call; success if nothing did.
    Result<void> check();

private:
    friend class Statement;
    explicit Database(std::filesystem::path path) : path_(std::move(path)) {}
    void note_failure();

    std::filesystem::path path_;
    sqlite3* handle_ = nullptr;
    std::optional<Error> failure_;
};

}  // namespace nfstriage::fleet
