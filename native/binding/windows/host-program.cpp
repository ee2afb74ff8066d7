// Finds Node-API in the program that loaded the addon. Windows only; engine process.
//
// An import on Windows names its DLL, here NODE.EXE, but the program may be Electron or have any other name. So the linker
// delays this import, and the loader's hook answers with the running program. See "Understand the delay load helper
// function": https://learn.microsoft.com/cpp/build/reference/understanding-the-helper-function
#include <windows.h>

#include <delayimp.h>

#include <cstring>

static FARPROC WINAPI find_host_program(unsigned event, DelayLoadInfo * info) {
    if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "NODE.EXE") != 0) {
        return nullptr;
    }
    return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

// With the type and linkage that the header declares it with.
decltype(__pfnDliNotifyHook2) __pfnDliNotifyHook2 = find_host_program;
