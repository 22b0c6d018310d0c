-- Health of an Application inside of another. Argo CD has had none since 1.8; without it an app of apps does not wait for one
-- wave before it starts the next.
local status = obj.status or {}
if status.operationState ~= nil and status.operationState.phase == "Running" then
  return {status = "Progressing", message = "syncing"}
end
if status.health == nil or status.health.status == nil then
  return {status = "Progressing", message = "waiting for the first sync"}
end
return {status = status.health.status, message = status.health.message or ""}
