// Reading knowledge/*.json. Strict, because a record that is half understood sends somebody to the
// wrong fix: an unknown key, a missing one, a wrong type, a duplicate key or an unconfirmed hash
// shape is an error that names the file, the place in it and the JSON path.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "knowledge/record.h"

namespace nfstriage::knowledge {

// One record from the text of one file. `file` is used in errors only, except that its stem must be
// the record's id.
Result<Record> parse_record(std::string_view file, std::string_view text);

Result<Record> load_record(const std::filesystem::path& file);

// The files of `directory` that are records, sorted. An unreadable directory is an Error.
Result<std::vector<std::filesystem::path>> record_files(const std::filesystem::path& directory);

// Every *.json of `directory`, sorted by id. Broken files do not hide the others.
struct Library {
    std::map<std::string, Record, std::less<>> records;  // by id
    std::vector<Error> errors;                           // one for each file that was refused

    const Record* find(std::string_view id) const;
};

// An unreadable directory is one error and no record.
Library load_directory(const std::string& directory);

}  // namespace nfstriage::knowledge
