// Every name and label that is derived from an AgentExecutor, once.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/agent_executor.h"

namespace agent {

// Names of the composed objects; all stand in the composite's namespace.
struct Names {
  std::string service_account;
  std::string service;
  std::string deployment;
  std::string stream;         // the Stream object; the stream's own name is spec.natsStreamName
  std::string consumer;       // the Consumer object
  std::string scaled_object;  // at most 54 characters: KEDA puts "keda-hpa-" before it and allows 63
};
Names NamesOf(std::string_view name);

// Shorten returns `text`, or its beginning with a hash of the whole where it is longer than `limit`.
// REQUIRES: limit > 9.
std::string Shorten(std::string_view text, std::size_t limit);

// Selector finds the worker's pods. Fixed for ever: a Deployment's selector cannot change.
std::map<std::string, std::string> Selector(std::string_view name);

// Labels goes on every composed object and on the pods: the selector, the version, and the composite's own labels but
// for those by which other tools track what they own.
std::map<std::string, std::string> Labels(const AgentExecutor& executor);

// StreamLabels says which stream an AgentExecutor has: its name, or a hash where the name is no label value.
std::map<std::string, std::string> StreamLabels(const AgentExecutor& executor);

// VersionLabel is the image's tag, or the beginning of its digest where it has no tag, or "latest".
std::string VersionLabel(std::string_view image);

// ImageTag is the tag of an image reference, "" when it has none.
std::string_view ImageTag(std::string_view image);

}  // namespace agent
