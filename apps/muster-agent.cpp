#include "agent/command_line.hpp"

int main(int argc, char** argv) { return muster::agent::run(argc, argv); }
