; The installer for Windows, for the whole computer: a server serves the office, not one sign-in.
; makensis -DVERSION=X.Y.Z -DSRC=folder-of-the-bundle -DOUT=installer.exe postroom.nsi
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel admin

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Postroom"
!define RULE_OFF 'netsh advfirewall firewall delete rule name="Postroom"'
!define RULE_ON 'netsh advfirewall firewall add rule name="Postroom" dir=in action=allow'

Name "Postroom"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Postroom"
BrandingText "Postroom ${VERSION}"

VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Postroom"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs Postroom"
VIAddVersionKey CompanyName "The Postroom developers"
VIAddVersionKey LegalCopyright "MIT licence"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "../../LICENSE"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE French
!insertmacro MUI_LANGUAGE German
!insertmacro MUI_LANGUAGE Italian
!insertmacro MUI_LANGUAGE Spanish

Function .onInit
  SetRegView 64
  ; An upgrade goes where the program is.
  ReadRegStr $0 HKLM "${UNINSTALL_KEY}" InstallLocation
  ${If} $0 != ""
    StrCpy $INSTDIR $0
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
FunctionEnd

Section "Postroom" main
  SectionIn RO
  SetShellVarContext all
  ; A program that runs keeps its file from being replaced, which is how one is noticed.
  ${If} ${FileExists} "$INSTDIR\postroom.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\postroom.exe" a
    ${If} ${Errors}
      MessageBox MB_ICONSTOP "Postroom is running. Close its window, then install again." /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
  ; Old modules that stayed would be loaded instead of new ones.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${SRC}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Postroom.lnk" "$INSTDIR\postroom.exe"

  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayName "Postroom"
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayVersion "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayIcon "$INSTDIR\postroom.exe"
  WriteRegStr HKLM "${UNINSTALL_KEY}" Publisher "The Postroom developers"
  WriteRegStr HKLM "${UNINSTALL_KEY}" InstallLocation "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" EstimatedSize $0
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" NoModify 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" NoRepair 1
SectionEnd

Section "Let mail programs in the network through the firewall" firewall
  nsExec::ExecToLog '${RULE_OFF}'
  Pop $0
  nsExec::ExecToLog '${RULE_ON} program="$INSTDIR\postroom.exe" profile=private,domain'
  Pop $0
  nsExec::ExecToLog '${RULE_ON} program="$INSTDIR\postroomctl.exe" profile=private,domain'
  Pop $0
SectionEnd

; Mail and settings lie in the person's data folder and stay. The folder itself is only removed
; when nothing else is in it: somebody may have chosen one that holds more than Postroom.
Section Uninstall
  SetShellVarContext all
  nsExec::ExecToLog '${RULE_OFF}'
  Pop $0
  Delete "$SMPROGRAMS\Postroom.lnk"
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\postroom.exe"
  Delete "$INSTDIR\postroomctl.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
SectionEnd
