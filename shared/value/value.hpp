#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace callboard {

/// The JSON value of params, results and payloads. Objects keep the order of insertion.
using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

}  // namespace callboard
