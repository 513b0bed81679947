#pragma once

#include <span>

#include "shared/log/postgres/session.hpp"

/// The statements of the append path. They are prepared on its connections and take binary arrays: one
/// statement for any number of rows. What hangs on a row goes by the insert's RETURNING in the same
/// statement, or, for arrivals, by what the statements before it in the same transaction have left.
namespace callboard::log {

extern const Statement kStoreBlobs;      // runs, hashes, data
extern const Statement kAppend;          // runs, keys, writers, types, data
extern const Statement kAppendAndTell;   // the same, partition count
extern const Statement kAppendAndClose;  // the same five, phase
extern const Statement
    kAppendCloseAndFill;  // the same six; runs, closing keys, free keys, their data; runs to tell, count
extern const Statement kAppendAndReopen;   // the five of kAppend
extern const Statement kAppendAndMigrate;  // the same as kAppendAndTell; hashes of definitions
extern const Statement kAdmit;
extern const Statement kAdmitStep;
extern const Statement kReadKeys;  // runs, keys

extern const Statement kShareArrivals;  // first of all where deliveries are stored
extern const Statement kStoreOrigins;
extern const Statement kStoreDeliveries;  // and has those that listen hear of them
extern const Statement kMakeHeads;
extern const Statement kMakeHeadsOfRows;  // of runs that appended rows make: by whom (run, key, writer), …
extern const Statement kAppendOthers;     // rows that hang on others: by whom, the row, partition count
extern const Statement kMakeCreated;
extern const Statement kMakeLabels;  // runs, names, values
extern const Statement kTellOfRuns;
extern const Statement kHoldEvents;
extern const Statement kSettleHeld;
extern const Statement kDropHeld;
extern const Statement kReadOrigins;  // kinds, hashes
extern const Statement kReadTimes;    // ids of runs or deliveries

/// All of them.
std::span<const Statement* const> append_path_statements();

}  // namespace callboard::log
