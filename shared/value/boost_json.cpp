// Boost.JSON's one translation unit: the library is used header-only.
#include <boost/json/src.hpp>
