-- Health of an Application inside of another. Argo CD has had none since 1.8; without it an app of apps does not wait for one
-- wave before it starts the next. What Argo CD says of one that syncs by itself counts only when that is done, for the
-- versions that are declared now: before, it may call Healthy what is not there yet, or what is about to be replaced.
local function health(status, message)
  return {status = status, message = message}
end

local function versions(of)
  local said = ""
  for _, source in ipairs(of.sources or {of.source}) do
    said = said .. " " .. (source.targetRevision or "")
  end
  return said
end

local status = obj.status or {}
local operation = status.operationState or {}
local sync = status.sync or {}

if operation.phase == "Running" then
  return health("Progressing", operation.message or "syncing")
end
if obj.spec.syncPolicy ~= nil and obj.spec.syncPolicy.automated ~= nil then
  if operation.phase == nil then
    return health("Progressing", "waiting for the first sync")
  end
  if operation.phase ~= "Succeeded" then
    return health("Degraded", operation.message or "the sync failed")
  end
  if sync.status == "OutOfSync" or (sync.comparedTo ~= nil and versions(sync.comparedTo) ~= versions(obj.spec)) then
    return health("Progressing", "waiting for the next sync")
  end
end
if status.health == nil or status.health.status == nil then
  return health("Progressing", "waiting for Argo CD")
end
return health(status.health.status, status.health.message or "")
