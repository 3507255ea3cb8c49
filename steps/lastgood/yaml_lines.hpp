#pragma once

#include <string>
#include <vector>

namespace lastgood {

/// Lines of YAML whose reasons stand behind them, below each other.
class YamlLines {
  public:
    void line(const std::string& yaml, const std::string& reason = "");
    void remark(const std::string& comment) { line("# " + comment); }
    const std::string& text() const { return m_text; }

  private:
    std::string m_text;
};

/// `text` as a scalar of a pipeline: quoted where it would be read as something else, and without references.
std::string yaml_text(const std::string& text);
/// "[pip, install]".
std::string yaml_list(const std::vector<std::string>& texts);

}  // namespace lastgood
