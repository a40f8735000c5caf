/* A desktop of macOS in one library: the calls that worklog makes, with the types that Apple
   documents, so that ctypes passes real values to real C. A test sets what stands in capitals. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef const void *CFTypeRef;
typedef long CFIndex;
typedef unsigned long CFTypeID;
typedef struct { CFIndex location, length; } CFRange;
typedef struct { double x, y; } CGPoint;
typedef struct { double width, height; } CGSize;
typedef struct { CGPoint origin; CGSize size; } CGRect;

enum { TEXT = 7, DICTIONARY = 18, ARRAY = 19, BOOLEAN = 21, NUMBER = 22 };

typedef struct Value {
  CFTypeID kind;
  CFIndex length;
  const uint16_t *units;
  bool is_float;
  double real;
  int64_t whole;
  const struct Value *keys[8];
  const struct Value *values[8];
} Value;

int HAS_SESSION = 1, IS_LOCKED = 0, IS_ON_CONSOLE = 1, HAS_WINDOWS = 1, ALLOWED = 1, HAS_POINTER = 1;
int LIVE = 0; /* what was copied and not yet released */
int OPTIONS = 0, STATE = 0;

#define TEXT_OF(name, text) \
  static const uint16_t name##_units[] = text; \
  static const Value name = {.kind = TEXT, .length = sizeof text / 2 - 1, .units = name##_units}
#define NUMBER_OF(name, number) \
  static const Value name = {.kind = NUMBER, .whole = number}

static const uint16_t console_units[] = u"kCGSSessionOnConsoleKey";
static const Value console_key = {.kind = TEXT, .length = 23, .units = console_units};
static const uint16_t locked_units[] = u"CGSSessionScreenIsLocked";
static const Value locked_key = {.kind = TEXT, .length = 24, .units = locked_units};

TEXT_OF(owner_key, u"kCGWindowOwnerName");
TEXT_OF(name_key, u"kCGWindowName");
TEXT_OF(layer_key, u"kCGWindowLayer");
TEXT_OF(alpha_key, u"kCGWindowAlpha");
TEXT_OF(bounds_key, u"kCGWindowBounds");
CFTypeRef kCGWindowOwnerName = &owner_key, kCGWindowName = &name_key, kCGWindowLayer = &layer_key,
          kCGWindowAlpha = &alpha_key, kCGWindowBounds = &bounds_key;

TEXT_OF(safari, u"Safari");
static const uint16_t page_units[] = {'P', 0xD83D, 0xDE00, 0xDC00, 0, 'x'}; /* half a character, NUL */
static const Value page = {.kind = TEXT, .length = 6, .units = page_units};
TEXT_OF(terminal, u"Terminal");
NUMBER_OF(ordinary, 0);
NUMBER_OF(below, -2147483601LL);
static const Value half = {.kind = NUMBER, .is_float = true, .real = 0.5};
static const Value bounds = {.kind = DICTIONARY, .length = 4};
static const Value no_bounds = {.kind = DICTIONARY, .length = 0};

static const Value first = {
  .kind = DICTIONARY, .length = 5,
  .keys = {&owner_key, &name_key, &layer_key, &alpha_key, &bounds_key},
  .values = {&safari, &page, &ordinary, &half, &bounds}};
static const Value second = {
  .kind = DICTIONARY, .length = 3,
  .keys = {&owner_key, &layer_key, &bounds_key},
  .values = {&terminal, &below, &no_bounds}};
static const Value third = { /* nothing is what it should be */
  .kind = DICTIONARY, .length = 4,
  .keys = {&owner_key, &name_key, &alpha_key, &bounds_key},
  .values = {&half, &bounds, &safari, &safari}};
static const Value windows = {.kind = ARRAY, .length = 3, .values = {&first, &second, &third}};

static Value on_console, locked, session;

CFTypeRef CGSessionCopyCurrentDictionary(void) {
  if (!HAS_SESSION) return NULL;
  LIVE++;
  on_console = (Value){.kind = BOOLEAN, .whole = IS_ON_CONSOLE};
  locked = (Value){.kind = NUMBER, .whole = 1};
  session = (Value){.kind = DICTIONARY, .length = IS_LOCKED ? 2 : 1,
                    .keys = {&console_key, &locked_key}, .values = {&on_console, &locked}};
  return &session;
}

CFTypeRef CGWindowListCopyWindowInfo(uint32_t options, uint32_t window) {
  OPTIONS = (int)(options + window);
  if (!HAS_WINDOWS) return NULL;
  LIVE++;
  return &windows;
}

bool CGRectMakeWithDictionaryRepresentation(CFTypeRef value, CGRect *rect) {
  if (((const Value *)value)->length != 4) return false;
  *rect = (CGRect){{-1440.0, 25.5}, {1024.0, 768.0}};
  return true;
}

#ifndef BEFORE_CATALINA
bool CGPreflightScreenCaptureAccess(void) { return ALLOWED & 1; }
bool CGPreflightListenEventAccess(void) { return ALLOWED & 2; }
#endif
unsigned char AXIsProcessTrusted(void) { return ALLOWED & 4 ? 1 : 0; }

CFTypeRef CGEventCreate(CFTypeRef source) {
  if (source || !HAS_POINTER) return NULL;
  LIVE++;
  return &ordinary;
}
CGPoint CGEventGetLocation(CFTypeRef event) {
  return event == &ordinary ? (CGPoint){-12.7, 34.2} : (CGPoint){0, 0};
}
uint32_t CGEventSourceCounterForEventType(int32_t state, uint32_t kind) {
  STATE = state;
  return 4294967000u + kind;
}

CFIndex CFArrayGetCount(CFTypeRef array) { return ((const Value *)array)->length; }
CFTypeRef CFArrayGetValueAtIndex(CFTypeRef array, CFIndex at) {
  return ((const Value *)array)->values[at];
}
CFTypeID CFBooleanGetTypeID(void) { return BOOLEAN; }
bool CFBooleanGetValue(CFTypeRef value) { return ((const Value *)value)->whole; }
CFTypeID CFDictionaryGetTypeID(void) { return DICTIONARY; }
CFTypeRef CFDictionaryGetValue(CFTypeRef dictionary, CFTypeRef key) {
  const Value *in = dictionary, *wanted = key;
  for (CFIndex at = 0; at < in->length && in->keys[at]; at++)
    if (in->keys[at]->length == wanted->length &&
        !memcmp(in->keys[at]->units, wanted->units, 2 * wanted->length))
      return in->values[at];
  return NULL;
}
CFTypeID CFGetTypeID(CFTypeRef value) { return ((const Value *)value)->kind; }
CFTypeID CFNumberGetTypeID(void) { return NUMBER; }
unsigned char CFNumberGetValue(CFTypeRef value, CFIndex kind, void *into) {
  const Value *number = value;
  if (kind == 4) *(int64_t *)into = number->whole;
  else if (kind == 6) *(double *)into = number->real;
  else return 0;
  return 1;
}
unsigned char CFNumberIsFloatType(CFTypeRef value) { return ((const Value *)value)->is_float; }
void CFRelease(CFTypeRef value) { if (value) LIVE--; }
CFTypeRef CFStringCreateWithCString(CFTypeRef allocator, const char *text, uint32_t encoding) {
  if (allocator || encoding != 0x08000100) return NULL;
  size_t length = strlen(text);
  uint16_t *units = malloc(2 * length + 2);
  for (size_t at = 0; at < length; at++) units[at] = (unsigned char)text[at];
  Value *made = calloc(1, sizeof *made);
  *made = (Value){.kind = TEXT, .length = (CFIndex)length, .units = units};
  return made;
}
void CFStringGetCharacters(CFTypeRef text, CFRange range, uint16_t *into) {
  memcpy(into, ((const Value *)text)->units + range.location, 2 * range.length);
}
CFIndex CFStringGetLength(CFTypeRef text) { return ((const Value *)text)->length; }
CFTypeID CFStringGetTypeID(void) { return TEXT; }
