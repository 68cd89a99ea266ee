package main

// Steps that show whether a remedy worked, by what has to flow again.
const (
	workedHeartbeat = "It worked when PSSettings.json is written each minute again: `(Get-Item C:\\ProgramData\\ASR\\home\\svsystems\\etc\\PSSettings.json).LastWriteTime`."
	workedAzure     = "It worked when cbengine.exe has connections that stand: `Get-NetTCPConnection -OwningProcess (Get-Process cbengine).Id -State Established` lists port 443 or the proxy's, and what waits in the cache becomes less."
	workedUploads   = "It worked when source machines upload: the newest lines with /putfile end with success, `Get-Content C:\\ProgramData\\ASR\\home\\svsystems\\transport\\log\\cxps.xfer.log -Tail 20`."
)
