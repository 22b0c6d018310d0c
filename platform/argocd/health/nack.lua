-- Health of a Stream or Consumer of NACK. Reasons differ between its two modes and are not read, but for Finalizing. A
-- failure does not advance observedGeneration, so it counts whatever generation it is of.
local ready
for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  if condition.type == "Ready" then
    ready = condition
  end
end

if ready == nil then
  return {status = "Progressing", message = "waiting for NACK"}
end
if ready.status == "False" and ready.reason ~= "Finalizing" then
  return {status = "Degraded", message = ready.message or "not ready"}
end
if ready.status ~= "True" then
  return {status = "Progressing", message = ready.message or "waiting for NATS"}
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "waiting for NACK to see the change"}
end
return {status = "Healthy", message = "in NATS as declared"}
