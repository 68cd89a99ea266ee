@echo off
rem Collects logs and settings of an Azure Site Recovery process server, or of a
rem Windows machine that it protects, where no program may be brought along. It needs
rem what Windows has, from Server 2008 R2 on; it reads, and writes into one folder.
rem   asrcollect.cmd [FOLDER]    best as administrator; without FOLDER it waits at the end
rem Windows has no tool that copies the end of a file, so logs over ASR_MAX_BYTES are
rem left out; from ASR_MAX_LOGS logs on, all are. The list that it writes says so.
setlocal enableextensions disabledelayedexpansion
if not defined ASR_MAX_BYTES set "ASR_MAX_BYTES=60000000"
if not defined ASR_MAX_LOGS set "ASR_MAX_LOGS=400"
set "out=%~f1"
if "%~1"=="" set "out=%~dp0asr-raw-%COMPUTERNAME%"
if "%~1"=="" if exist "%out%\" set "out=%out%-%RANDOM%"
mkdir "%out%\logs" 2>nul
set "index=%out%\asrcollect-index.txt"
echo asrcollect-script 1 2>nul >"%index%"
if not exist "%index%" echo asrcollect.cmd: cannot write to "%out%": name another folder >&2 & exit /b 1
set /a count=0, missed=0
set "pf=%ProgramFiles%"
if defined ProgramW6432 set "pf=%ProgramW6432%"
set "agent=%ProgramFiles(x86)%\Microsoft Azure Site Recovery\agent"
set "sv=%ProgramData%\ASR\home\svsystems"
call :say host %COMPUTERNAME%& call :say os windows
call :say started %DATE% %TIME%
net session >nul 2>&1
if errorlevel 1 call :say rights: not an administrator, so some of this machine stays unseen
call :readme >"%out%\READ-ME-FIRST.txt"
echo asrcollect.cmd: copying logs and settings to "%out%" ... >&2
for %%N in (ProcessServer ProcessServerMonitor) do call :folder process-server "%sv%\var\%%N_Logs\Default" InMageAdminLogV2_*.json
for %%N in (svagents s2 appservice) do for %%D in ("%agent%" "%ProgramData%\ASR\agent") do call :folder %%N %%D %%N*.log
call :folder tmansvc "%sv%\var" *.log
for %%N in (eventmanager monitor_protection) do call :folder tmansvc "%sv%" %%N*.log
for %%N in (err xfer) do call :folder cxps "%sv%\transport\log" cxps.%%N*
call :folder cbengine "%pf%\Microsoft Azure Recovery Services Agent\Temp" CBEngine*.errlog
call :folder log-upload "%ProgramData%\LogUploadServiceLogs" *.log
call :folder setup "%ProgramData%\ASRSetupLogs" *.log
for %%S in (ProcessServer ProcessServerMonitor cxprocessserver "InMage PushInstall" LogUpload "InMage Scout Application Service" obengine svagents tmansvc W3SVC MySQL dra InDskFlt W32Time MpsSvc WinDefend) do for %%Q in (query qc) do call :run services.txt sc %%Q %%S
set "products=HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products"
call :values "%products%\9" Product_Name InstallDirectory CX_TYPE CsIpAddress CsPort CsProtocol Build_Version Proxy_Type DRA_Registration_Status MARS_Service_Status MARS_Proxy_Status Reboot_Required
call :values "%products%\5" InstallDirectory Version InstallAction AgentConfigurationStatus Platform Reboot_Required
call :values "HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings" BypassDefault ProxyAddress ProxyPort ProxyBypassUrls
call :values "HKLM\SOFTWARE\Microsoft\Azure Site Recovery\Registration" SRSUri AADAuthority IdmgmtSVCEndpoint ProtectionServiceSVCEndpoint TelemetryServiceSVCEndpoint
call :values "HKLM\SOFTWARE\Microsoft\Windows Azure Backup\Setup" InstallPath
call :values "HKLM\SYSTEM\CurrentControlSet\Services\W32Time\Parameters" Type NtpServer
call :values "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" ProductName CurrentBuildNumber InstallationType
call :keys amethyst.txt "%sv%\etc\amethyst.conf" "CX_TYPE PS_IP PS_CS_IP PS_CS_PORT CS_IP CS_PORT IP_ADDRESS_FOR_AZURE_COMPONENTS DVACP_PORT BPM_NTW_DEVICE TMANAGER_LOG_LEVEL"
call :keys cxps.txt "%sv%\transport\cxps.conf" "port ssl_port cs_ip_address cs_ssl_port xfer_log_enabled error_log_warnings_enabled"
call :keys drscout.txt "%agent%\Application Data\etc\drscout.conf" "CSType LogLevel CacheDirectory Role VmPlatform Hostname Port Https"
call :keys proxyinfo.txt "%ProgramData%\Microsoft Azure Site Recovery\Config\ProxyInfo.conf" "Address Port BypassList"
for %%C in (ver "tasklist /svc" "fltmc filters" "net start") do call :run system.txt %%~C
for %%C in ("ipconfig /all" "netstat -ano" "route print" "netsh winhttp show proxy" "netsh advfirewall show allprofiles state") do call :run network.txt %%~C
for %%C in ("w32tm /query /status /verbose" "w32tm /query /source" "tzutil /g") do call :run time.txt %%~C
for %%D in (C D E F G) do if exist %%D:\* call :run disks.txt dir /-c %%D:\
for %%F in (READ-ME-FIRST services registry amethyst cxps drscout proxyinfo system network time disks) do if exist "%out%\%%F.txt" call :say ok %%F.txt
call :say done %DATE% %TIME%
echo asrcollect.cmd: %count% logs in "%out%"; missed: %missed%, see asrcollect-index.txt >&2
echo The logs are NOT redacted: read READ-ME-FIRST.txt, look through them, then zip the folder and send it. >&2
if "%~1"=="" pause
if %missed% gtr 0 exit /b 3
exit /b 0

:folder
if not exist "%~2\" exit /b 0
set "line=denied logs/%~1: no right to list %~2"
pushd "%~2" 2>nul
if errorlevel 1 goto miss
dir >nul 2>&1
if errorlevel 1 popd & goto miss
for %%F in (%3) do call :take %1 "%%~fF"
popd & exit /b 0
:take
set "drive=%~d2" & set /a count+=1
set "to=logs\%~1\%drive:~0,1%%~p2"
set "line=denied %to%%~nx2: it is gone"
if "%~z2"=="" goto miss
set "line=skipped %to%%~nx2: more than %ASR_MAX_LOGS% logs" & if %count% gtr %ASR_MAX_LOGS% goto miss
set "line=skipped %to%%~nx2: %~z2 bytes, more than %ASR_MAX_BYTES%"
if %~z2 gtr %ASR_MAX_BYTES% goto miss
mkdir "%out%\%to%" 2>nul
set "line=denied %to%%~nx2: cannot be read: no right, or held by a program"
copy /y "%~2" "%out%\%to%" >nul 2>&1
if errorlevel 1 goto miss
set "line=ok %to%%~nx2: %~z2 bytes" & goto note
:run
set "say=%*"
set "say=%say:*.txt =%"
>>"%out%\%1" echo $ %say%
%say% <nul >>"%out%\%1" 2>&1
if errorlevel 1 call :say gives %1: an error: %say%
exit /b 0
:values
rem A value with an @ may be user:password@host, and is left out.
reg query "%~1" /v "%~2" /reg:64 2>nul >"%out%\value.tmp"
find "@" <"%out%\value.tmp" >nul
if errorlevel 1 (type "%out%\value.tmp" >>"%out%\registry.txt") else call :say skipped registry.txt: %2 has an @ in it
del "%out%\value.tmp" & shift /2
if not "%~2"=="" goto values
exit /b 0
:keys
if not exist "%~2" exit /b 0
for /f "usebackq eol=# tokens=1* delims== " %%A in ("%~2") do for %%K in (%~3) do if /i "%%A"=="%%K" for /f "delims=@ tokens=1*" %%X in ("%%B.") do if "%%Y"=="" >>"%out%\%1" echo %%A = %%B
exit /b 0
:readme
echo The logs in this folder are copies as they are: NOTHING WAS REMOVED from them.
echo They may hold names, addresses, user names and, where a program wrote them,
echo passwords, keys or links with a signature, sig=. Look through them before you send
echo them: findstr /s /i /n "passw secret token sig=" logs\*      and blank out what
echo nobody else may see. The program asrcollect.exe, run on a machine where it may,
echo removes such things by itself. asrcollect-index.txt lists what was taken or not.
exit /b 0
:miss
set /a missed+=1
goto note
:say
set "line=%*"
:note
setlocal enabledelayedexpansion
>>"!index!" echo !line!
endlocal
exit /b 0
