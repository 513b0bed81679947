callboard_test(bus_memory_test LABEL contract SOURCES bus_contract.cpp bus_memory_test.cpp
  LINKS callboard_topics_memory)
callboard_test(bus_nats_test LABEL contract
  SOURCES bus_contract.cpp bus_nats_test.cpp ${CMAKE_SOURCE_DIR}/tests/support/nats_server.cpp
  LINKS callboard_topics_nats)
