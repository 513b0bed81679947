#include "deploy/authoring/graph_drawing.hpp"

#include <algorithm>

#include "deploy/authoring/canvas.hpp"
#include "deploy/authoring/layers.hpp"
#include "shared/base/text.hpp"

namespace callboard::authoring {
namespace {

constexpr std::size_t kMostSteps = 200;
constexpr std::size_t kBoxHeight = 4;
constexpr std::size_t kGap = 2;  // columns between neighbours

std::string kind_of(const run::Step& step) {
  return printable(step.executor) + (step.condition ? " if" : "");
}

/// Where a slot stands.
struct Placed {
  std::size_t left = 0;
  std::size_t width = 1;
  std::size_t middle() const { return left + width / 2; }
};

/// One trunk below a level: from what it comes, to what it goes, and on which row of the gap.
struct Trunk {
  std::size_t from = 0;
  std::vector<std::size_t> to;
  std::size_t row = 0;

  bool is_straight() const { return to.size() == 1 && to.front() == from; }
};

class Drawing {
 public:
  explicit Drawing(const run::Graph& graph) : graph_(graph), layers_(make_layers(graph)) {
    for (const auto& layer : layers_) place(layer);
    centre();
    for (std::size_t level = 0; level + 1 < layers_.size(); ++level) trunks_.push_back(route(level));
  }

  std::size_t width() const { return width_; }

  std::string draw() const {
    std::size_t rows = layers_.size() * kBoxHeight;
    for (const auto& gap : trunks_) rows += height_of(gap);
    Canvas canvas(rows, width_);
    std::size_t row = 0;
    for (std::size_t level = 0; level < layers_.size(); ++level) {
      draw_level(canvas, level, row);
      row += kBoxHeight;
      if (level == trunks_.size()) break;
      draw_gap(canvas, level, row);
      row += height_of(trunks_[level]);
    }
    return canvas.text();
  }

 private:
  void place(const std::vector<Slot>& layer) {
    auto& places = places_.emplace_back();
    std::size_t left = 0;
    for (const Slot& slot : layer) {
      std::size_t width = 1;
      if (slot.step != run::kNoStep) {
        const run::Step& step = graph_.steps[slot.step];
        width = std::max(count_characters(printable(step.key)), count_characters(kind_of(step))) + 4;
        width += width % 2 == 0 ? 1 : 0;
      }
      places.push_back({left, width});
      left += width + kGap;
    }
    width_ = std::max(width_, left - std::min(left, kGap));
  }

  void centre() {
    for (auto& places : places_) {
      if (places.empty()) continue;
      const std::size_t taken = places.back().left + places.back().width;
      for (Placed& each : places) each.left += (width_ - taken) / 2;
    }
  }

  /// A trunk that begins where another one ends would run into its last line, unless it lies above that one.
  std::vector<Trunk> route(std::size_t level) const {
    std::vector<Trunk> out;
    for (std::size_t i = 0; i < layers_[level].size(); ++i) {
      const Slot& slot = layers_[level][i];
      if (slot.below.empty()) continue;
      Trunk trunk{.from = places_[level][i].middle(), .to = {}};
      for (const std::size_t below : slot.below) trunk.to.push_back(places_[level + 1][below].middle());
      out.push_back(std::move(trunk));
    }
    std::size_t row = 1;
    std::vector<bool> has_row(out.size());
    const auto is_blocked = [&](std::size_t i) {
      for (std::size_t j = 0; j < out.size(); ++j) {
        if (j == i || has_row[j] || out[j].is_straight()) continue;
        if (std::ranges::count(out[i].to, out[j].from) > 0) return true;
      }
      return false;
    };
    for (std::size_t left = out.size(); left > 0; --left) {
      std::size_t next = out.size();
      for (std::size_t i = 0; i < out.size() && next == out.size(); ++i) {
        if (!has_row[i] && (out[i].is_straight() || !is_blocked(i))) next = i;
      }
      // Two that run into each other whichever goes first.
      if (next == out.size())
        next = static_cast<std::size_t>(std::ranges::find(has_row, false) - has_row.begin());
      has_row[next] = true;
      if (out[next].is_straight()) continue;
      const auto alike = std::ranges::find_if(
          out, [&](const Trunk& other) { return other.row > 0 && other.to == out[next].to; });
      out[next].row = alike != out.end() ? alike->row : row++;
    }
    return out;
  }

  static std::size_t height_of(const std::vector<Trunk>& gap) {
    std::size_t last = 0;
    for (const Trunk& trunk : gap) last = std::max(last, trunk.row);
    return last + 2;
  }

  void draw_level(Canvas& canvas, std::size_t level, std::size_t row) const {
    for (std::size_t i = 0; i < layers_[level].size(); ++i) {
      const Placed& at = places_[level][i];
      const run::StepIndex index = layers_[level][i].step;
      if (index == run::kNoStep) {
        canvas.vertical(at.left, row == 0 ? row : row - 1, row + kBoxHeight);
        continue;
      }
      const run::Step& step = graph_.steps[index];
      canvas.box(row, at.left, kBoxHeight, at.width);
      canvas.write(row + 1, at.left + 2, printable(step.key));
      canvas.write(row + 2, at.left + 2, kind_of(step));
    }
  }

  void draw_gap(Canvas& canvas, std::size_t level, std::size_t row) const {
    const std::size_t last = row + height_of(trunks_[level]) - 1;
    for (const Trunk& trunk : trunks_[level]) {
      const std::size_t turn = row + trunk.row;
      if (!trunk.is_straight()) {
        canvas.vertical(trunk.from, row - 1, turn);
        const auto [first, behind] = std::ranges::minmax(trunk.to);
        canvas.horizontal(turn, std::min(first, trunk.from), std::max(behind, trunk.from));
      }
      for (const std::size_t to : trunk.to) canvas.vertical(to, trunk.is_straight() ? row - 1 : turn, last);
    }
    for (std::size_t i = 0; i < layers_[level + 1].size(); ++i) {
      if (layers_[level + 1][i].step != run::kNoStep) canvas.arrow(last, places_[level + 1][i].middle());
    }
  }

  const run::Graph& graph_;
  Layers layers_;
  std::vector<std::vector<Placed>> places_;
  std::vector<std::vector<Trunk>> trunks_;  // below each level
  std::size_t width_ = 1;
};

/// Every step behind those that it waits for.
std::string list_steps(const run::Graph& graph) {
  std::string out;
  for (const run::StepIndex index : graph.by_level) {
    const run::Step& step = graph.steps[index];
    out += std::string(2 * std::min<std::size_t>(step.level, 20), ' ') + "■ " + printable(step.key) + " (" +
           kind_of(step) + ")";
    for (std::size_t i = 0; i < step.depends_on.size(); ++i)
      out += (i == 0 ? " ← " : ", ") + printable(graph.steps[step.depends_on[i]].key);
    out += "\n";
  }
  return out;
}

}  // namespace

std::string draw_graph(const run::Graph& graph, std::size_t columns) {
  if (graph.steps.size() > kMostSteps) return list_steps(graph);
  const Drawing drawing(graph);
  return drawing.width() > columns ? list_steps(graph) : drawing.draw();
}

}  // namespace callboard::authoring
