#pragma once

#include "report/html_pen.hpp"

#include <string>

namespace lastgood {

class Redaction;

/// A page of its own: it needs no network, runs no script and shows no secret that `redaction` knows. Pure.
std::string html(const Report& report, const Redaction& redaction);

/// The frame of such a page around what `body` holds, which is HTML.
std::string html_page(const std::string& title, const std::string& body, const HtmlPen& pen);

}  // namespace lastgood
