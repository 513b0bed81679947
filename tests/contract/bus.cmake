callboard_test(contract_bus LABEL contract
  SOURCES bus_contract.cpp bus_notices_contract.cpp bus_memory_test.cpp bus_nats_test.cpp ../support/nats_server.cpp
  LINKS callboard_topics_memory callboard_topics_nats)
