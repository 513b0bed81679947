callboard_test(contract_log_archive LABEL contract
  SOURCES archive_house.cpp log_archive_test.cpp log_mending_test.cpp ../support/postgres_server.cpp
  LINKS callboard_log_archive callboard_log_postgres callboard_runtime third::pq)
