/* A desktop of Windows in one library: the calls that worklog makes, with the types that
   Microsoft documents, so that ctypes passes real values to real C. A test sets what stands
   in capitals. Handles are wider than an int here, as they may be there. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

typedef int BOOL;
typedef uint32_t DWORD, ULONG, UINT;
typedef int32_t LONG, HRESULT;
typedef void *HANDLE, *HWND;
typedef intptr_t LPARAM;
typedef uint16_t WCHAR; /* wherever a structure has one */
typedef int64_t LARGE_INTEGER;
typedef struct { LONG left, top, right, bottom; } RECT;
typedef struct { LONG x, y; } POINT;
typedef struct { UINT cbSize; DWORD dwTime; } LASTINPUTINFO;
typedef BOOL (*WNDENUMPROC)(HWND, LPARAM);

typedef struct {
  ULONG SessionId;
  int SessionState;
  LONG SessionFlags;
  WCHAR WinStationName[33], UserName[21], DomainName[18];
  LARGE_INTEGER LogonTime, ConnectTime, DisconnectTime, LastInputTime, CurrentTime;
  DWORD IncomingBytes, OutgoingBytes, IncomingFrames, OutgoingFrames, IncomingCompressedBytes,
      OutgoingCompressedBytes;
} WTSINFOEX_LEVEL1_W;
typedef struct {
  DWORD Level;
  union { WTSINFOEX_LEVEL1_W WTSInfoExLevel1; } Data;
} WTSINFOEXW;

#define FIRST ((HWND)0x700000001)
#define SECOND ((HWND)0x700000002)
#define PROCESS ((HANDLE)0x900000000)

int FAILS = 0; /* everything does */
int LEVEL = 1, FLAGS = 0, CONNECTION = 0, SIZE = sizeof(WTSINFOEXW), HAS_COMPOSITION = 1;
int HAS_FOREGROUND = 1, LIVE = 0, SCALING = -1;

BOOL ProcessIdToSessionId(DWORD process, DWORD *session) {
  *session = process ? 3 : 0;
  return !FAILS;
}
BOOL WTSQuerySessionInformationW(HANDLE server, DWORD session, int kind, void **into, DWORD *size) {
  if (FAILS || server || session != 0xFFFFFFFF || kind != 25) return 0;
  WTSINFOEXW *info = calloc(1, sizeof *info);
  info->Level = LEVEL;
  info->Data.WTSInfoExLevel1.SessionState = CONNECTION;
  info->Data.WTSInfoExLevel1.SessionFlags = FLAGS;
  LIVE++;
  *into = info;
  *size = SIZE;
  return 1;
}
void WTSFreeMemory(void *memory) { LIVE--; free(memory); }
BOOL SystemParametersInfoW(UINT action, UINT number, void *into, UINT change) {
  if (FAILS || action != 0x72 || number || change) return 0;
  *(BOOL *)into = 1;
  return 1;
}
BOOL GetLastInputInfo(LASTINPUTINFO *info) {
  if (FAILS || info->cbSize != sizeof *info) return 0;
  info->dwTime = 4294967295u;
  return 1;
}
BOOL GetCursorPos(POINT *point) { *point = (POINT){-7, 8}; return !FAILS; }
HWND GetForegroundWindow(void) { return HAS_FOREGROUND ? FIRST : NULL; }
BOOL EnumWindows(WNDENUMPROC each, LPARAM value) {
  if (FAILS) return 0;
  return each(FIRST, value) && each(SECOND, value);
}
BOOL EnumChildWindows(HWND window, WNDENUMPROC each, LPARAM value) {
  if (window == FIRST) each(SECOND, value);
  return 0;
}
BOOL IsWindowVisible(HWND window) { return window != NULL && !FAILS; }
BOOL IsIconic(HWND window) { return window == SECOND; }
HRESULT DwmGetWindowAttribute(HWND window, DWORD attribute, void *into, DWORD size) {
  if (!HAS_COMPOSITION || !window) return (HRESULT)0x80263001;
  if (attribute == 14 && size == sizeof(DWORD)) *(DWORD *)into = window == (HWND)0x700000003 ? 2 : 0;
  else if (attribute == 9 && size == sizeof(RECT)) *(RECT *)into = (RECT){-10, 20, 310, 220};
  else return (HRESULT)0x80070057;
  return 0;
}
BOOL GetWindowRect(HWND window, RECT *rect) {
  *rect = (RECT){-17, 20, 317, 227};
  return window != NULL && !FAILS;
}
int GetWindowTextW(HWND window, wchar_t *into, int most) {
  const wchar_t *text = window == FIRST ? L"A \x1b[31m page" : L"";
  wcsncpy(into, text, most);
  return FAILS ? 0 : (int)wcslen(text);
}
DWORD GetWindowThreadProcessId(HWND window, DWORD *process) {
  if (FAILS || !window) return 0;
  *process = 4242;
  return 17;
}
HANDLE OpenProcess(DWORD access, BOOL inherits, DWORD process) {
  if (FAILS || access != 0x1000 || inherits || process < 100) return NULL;
  LIVE++;
  return PROCESS;
}
BOOL QueryFullProcessImageNameW(HANDLE process, DWORD flags, wchar_t *into, DWORD *size) {
  const wchar_t *path = L"C:\\Program Files\\Browser\\firefox.exe";
  if (process != PROCESS || flags || *size < wcslen(path) || HAS_FOREGROUND == 0) return 0;
  wcscpy(into, path);
  *size = (DWORD)wcslen(path);
  return 1;
}
BOOL CloseHandle(HANDLE handle) { if (handle == PROCESS) LIVE--; return 1; }
HRESULT SetProcessDpiAwareness(int value) { SCALING = value; return 0; }
