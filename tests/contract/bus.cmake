callboard_test(bus_memory_test LABEL contract SOURCES bus_contract.cpp bus_memory_test.cpp
  LINKS callboard_topics_memory)
