#include "step/store_commands.hpp"

#include "outside/process.hpp"
#include "store/s3_address.hpp"

namespace lastgood {

std::string fetching_command(const std::string& store, const std::string& key, const std::string& to,
                             const Environment& environment) {
    const S3Address address = read_s3_address(store, environment);
    std::string command = "aws s3 cp --only-show-errors";
    if (key.ends_with("/")) command += " --recursive";
    command += " " + say_command({"s3://" + address.bucket + "/" + address.prefix + key}) + " " + to;
    if (!address.endpoint.empty()) command += " --endpoint-url " + say_command({address.endpoint});
    if (!address.region.empty()) command += " --region " + say_command({address.region});
    return command;
}

}  // namespace lastgood
