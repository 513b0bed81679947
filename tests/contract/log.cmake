callboard_test(contract_log LABEL contract
  SOURCES log_children_contract.cpp log_contract.cpp log_events_contract.cpp log_folds_contract.cpp
    log_held_contract.cpp log_intake_contract.cpp log_listeners_contract.cpp log_listeners_postgres_test.cpp
    log_ownership_contract.cpp log_pauses_contract.cpp log_postgres_test.cpp log_run_ends_contract.cpp
    log_schedules_contract.cpp log_slots_postgres_test.cpp log_throttle_contract.cpp
    postgres_house.cpp ../support/postgres_server.cpp
  LINKS callboard_log_memory callboard_log_postgres callboard_runtime third::pq)
