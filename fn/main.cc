#include <iostream>

#include "cli/program.h"
#include "compose/compose.h"

int main(int argc, char** argv) { return agent::cli::Run(argc, argv, agent::Compose, std::cout, std::cerr); }
